/* The lower bound: a server that only writes, without Redis and with only one HTTP response.

   write_only PORT

   A line `VERSION DATA` on stdin is a publish: every client gets the event `update` with DATA,
   as one chunk, by one write() each. A client that cannot take it is left out of that event. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 65536
#define STDIN_TAG UINT32_MAX
#define LISTEN_TAG (UINT32_MAX - 1)

static const char HEAD[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                           "Cache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n";
static uint8_t is_client[MOST];
static int highest;

static void publish(char *line) {
  static char event[65536], frame[65536 + 16];
  char *version = strtok(line, " "), *data = strtok(NULL, "");
  if (!version || !data) return;
  int length = snprintf(event, sizeof event, "event: update\nid: 9f2c4be01d7a6e35-%s\ndata: %s\n\n",
                        version, data);
  length = snprintf(frame, sizeof frame, "%x\r\n%s\r\n", length, event);
  for (int fd = 0; fd <= highest; fd++)
    if (is_client[fd] && write(fd, frame, (size_t)length) < 0 && errno != EAGAIN) {
      is_client[fd] = 0;
      close(fd);
    }
}

static void read_publishes(void) {
  static char text[65536];
  static size_t kept;
  ssize_t length = read(0, text + kept, sizeof text - kept - 1);
  if (length <= 0) exit(0);
  text[kept + (size_t)length] = 0;
  char *line = text, *end;
  for (; (end = strchr(line, '\n')); line = end + 1) {
    *end = 0;
    publish(line);
  }
  kept = strlen(line);
  memmove(text, line, kept + 1);
}

int main(int count, char **values) {
  if (count != 2) return 2;
  int one = 1, epoll = epoll_create1(0), server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(values[1]))};
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(server, (struct sockaddr *)&here, sizeof here) || listen(server, 2048)) {
    perror("write_only");
    return 1;
  }
  struct epoll_event input = {.events = EPOLLIN, .data.u32 = STDIN_TAG};
  epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input);
  input.data.u32 = LISTEN_TAG;
  epoll_ctl(epoll, EPOLL_CTL_ADD, server, &input);
  static struct epoll_event ready[1024];
  for (;;) {
    int found = epoll_wait(epoll, ready, 1024, -1);
    for (int i = 0; i < found; i++) {
      uint32_t tag = ready[i].data.u32;
      if (tag == STDIN_TAG) {
        read_publishes();
      } else if (tag == LISTEN_TAG) {
        int fd = accept4(server, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0 || fd >= MOST) continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event request = {.events = EPOLLIN, .data.u32 = (uint32_t)fd};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &request);
      } else {
        char request[4096];
        int fd = (int)tag;
        ssize_t length = read(fd, request, sizeof request);
        if (length <= 0) {
          is_client[fd] = 0;
          close(fd);
        } else if (!is_client[fd] && write(fd, HEAD, sizeof HEAD - 1) > 0) {
          is_client[fd] = 1;
          if (fd > highest) highest = fd;
        }
      }
    }
  }
}
