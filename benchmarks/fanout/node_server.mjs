// A plain node:http server that writes each line of stdin's publishes to all clients.
import http from 'node:http'
import readline from 'node:readline'

const clients = new Set()

const server = http.createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.flushHeaders()
  clients.add(response)
  response.on('close', () => clients.delete(response))
})
server.listen(Number(process.argv[2]), '127.0.0.1', 2048)

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const cut = line.indexOf(' ')
  const id = `9f2c4be01d7a6e35-${line.slice(0, cut)}`
  const frame = `event: update\nid: ${id}\ndata: ${line.slice(cut + 1)}\n\n`
  for (const response of clients) response.write(frame)
}).on('close', () => process.exit())
