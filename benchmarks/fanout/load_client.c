/* Opens N event streams on one thread and counts their events; allocates nothing per event.

   load_client --port P --path /events --clients N
     [--kind update]      events of this name are counted
     [--addresses 1]      source addresses 127.0.0.2 … to spread the clients over; 1: the default one
     [--rate 2500]        first connections a second, at most 256 of them unanswered at a time
     [--stuck 0]          so many of the clients send the request and never read
     [--reconnect]        come back after `retry:` when the server ends the stream
     [--lifetime-ms 0]    leave after a random time around this, half of them by RST, and come back

   One command per line on stdin, each answered by one line of JSON on stdout:
     window FROM TO   count events by the time inside them, CLOCK_MONOTONIC nanoseconds
     status           how many are connected
     report           all figures of the window
     quit             also the end of stdin

   An event counts with its last byte, by its own name and by `"at":"<nanoseconds>"` in its data.
   Streams may be chunked or not, lines end with LF or CRLF, and reads may cut anywhere: all state
   is in `struct client`. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD 48
#define UNANSWERED 256
#define STDIN_TAG UINT32_MAX
#define NS 1000000000ull

enum phase { WAITING, CONNECTING, HEADERS, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, RAW, STUCK, LOST };
enum { NOTHING, AT, VERSION };

struct client {
  int fd;
  uint8_t phase;
  bool met, is_chunked, is_wanted;
  uint8_t line_length, pattern, matched, reading;
  char line[HEAD]; /* the beginning of the current line */
  uint32_t chunk_left, event_bytes, events, retry_ms;
  uint64_t number, at, version;
  uint64_t last_version, last_version_ns;
  uint64_t due_ns; /* when to connect, or to disconnect */
};

static const char *const PATTERNS[] = {"", "\"at\":\"", "\"version\":"};

static struct {
  const char *path, *kind;
  int port, clients, addresses, rate, stuck, lifetime_ms;
  bool reconnect;
} option = {.path = "/", .kind = "update", .addresses = 1, .rate = 2500};

static struct client *clients;
static int epoll;
static char request[1024];
static int request_length;
static char buffer[1 << 18];

static int connected, unanswered, waiting;
static uint64_t lost, refused, failed, reconnects;
static uint64_t from_ns, to_ns = UINT64_MAX;
static uint64_t events, received, event_bytes, slowest_ns;
static uint32_t histogram[64 * 64];

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * NS + (uint64_t)t.tv_nsec;
}

/* 64 buckets per power of two: a figure is at most 1.6 % too high. */
static unsigned bucket_of(uint64_t ns) {
  unsigned power = ns < 64 ? 0 : 63 - (unsigned)__builtin_clzll(ns) - 6;
  return power * 64 + (unsigned)(ns >> power);
}

static uint64_t bucket_end(unsigned bucket) {
  unsigned power = bucket < 128 ? 0 : bucket / 64 - 1;
  return ((uint64_t)(bucket - power * 64) + 1) << power;
}

static double percentile_ms(double part) {
  uint64_t wanted = (uint64_t)(part * (double)events + 0.5), seen = 0;
  for (unsigned i = 0; i < 64 * 64; i++)
    if ((seen += histogram[i]) >= wanted && seen > 0)
      return (double)(bucket_end(i) < slowest_ns ? bucket_end(i) : slowest_ns) / 1e6;
  return 0;
}

/* ── Connections ─────────────────────────────────────────────────────────────────────────────── */

static bool is_open(const struct client *c) { return c->phase >= CHUNK_SIZE && c->phase <= STUCK; }

static void watch(struct client *c, int operation, uint32_t what) {
  struct epoll_event event = {.events = what, .data.u32 = (uint32_t)(c - clients)};
  epoll_ctl(epoll, operation, c->fd, &event);
}

static void wait_until(struct client *c, uint64_t due_ns) {
  c->phase = WAITING;
  c->due_ns = due_ns;
  waiting++;
}

/* Close the connection; reconnect later, or never. */
static void leave(struct client *c, bool by_server) {
  bool was_open = is_open(c);
  close(c->fd);
  if (was_open) connected--;
  else unanswered--;
  uint64_t now = now_ns(), pause_ns = c->retry_ms * 1000000ull;
  if (!was_open) {
    failed++;
    if (c->met) pause_ns = pause_ns / 2 + (uint64_t)(drand48() * (double)pause_ns);
    else pause_ns = NS / 5;
    wait_until(c, now + pause_ns);
  } else if (!by_server) {
    wait_until(c, now + (uint64_t)(drand48() * (double)NS));
  } else {
    lost++;
    if (option.reconnect || option.lifetime_ms) wait_until(c, now + pause_ns);
    else c->phase = LOST;
  }
}

static void dial(struct client *c) {
  int index = (int)(c - clients), one = 1;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)option.port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  waiting--;
  unanswered++;
  c->phase = CONNECTING;
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c->fd < 0) {
    perror("load_client: socket");
    exit(1);
  }
  if (option.addresses > 1) {
    struct sockaddr_in source = {.sin_family = AF_INET};
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (uint32_t)(index % option.addresses));
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    bind(c->fd, (struct sockaddr *)&source, sizeof source);
  }
  if (index < option.stuck) { /* otherwise the kernel would buffer megabytes for it */
    int small = 4096;
    setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  }
  if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) {
    leave(c, true);
    return;
  }
  watch(c, EPOLL_CTL_ADD, EPOLLOUT);
}

static void send_request(struct client *c) {
  if (send(c->fd, request, (size_t)request_length, MSG_NOSIGNAL) != request_length) {
    leave(c, true);
    return;
  }
  c->line_length = 0;
  c->is_chunked = false;
  if (c - clients < option.stuck) {
    watch(c, EPOLL_CTL_MOD, EPOLLRDHUP);
    c->phase = STUCK;
    connected++;
    unanswered--;
    c->met = true;
  } else {
    c->phase = HEADERS;
    watch(c, EPOLL_CTL_MOD, EPOLLIN);
  }
}

/* ── What arrives ────────────────────────────────────────────────────────────────────────────── */

static void take_event(struct client *c, uint64_t now) {
  if (c->version) {
    if (c->version != c->last_version) c->last_version_ns = now;
    c->last_version = c->version;
  }
  if (c->is_wanted && c->at) {
    received += now >= from_ns && now < to_ns;
    if (c->at >= from_ns && c->at < to_ns) {
      uint64_t latency = now > c->at ? now - c->at : 0;
      histogram[bucket_of(latency)]++;
      if (latency > slowest_ns) slowest_ns = latency;
      events++;
      c->events++;
      event_bytes += c->event_bytes;
    }
  }
  c->at = c->version = 0;
  c->event_bytes = 0;
  c->is_wanted = false;
}

static void end_line(struct client *c, uint64_t now) {
  int length = c->line_length;
  if (length && c->line[length - 1] == '\r') length--;
  c->line_length = 0;
  c->pattern = c->matched = c->reading = 0;
  if (length == 0) {
    take_event(c, now);
  } else if (length > 6 && !memcmp(c->line, "event:", 6)) {
    int skip = c->line[6] == ' ' ? 7 : 6;
    int kind = (int)strlen(option.kind);
    c->is_wanted = length - skip == kind && !memcmp(c->line + skip, option.kind, (size_t)kind);
  } else if (length > 6 && !memcmp(c->line, "retry:", 6)) {
    c->line[length] = 0;
    int ms = atoi(c->line + 6);
    if (ms > 0) c->retry_ms = (uint32_t)ms;
  }
}

static void take_text(struct client *c, const char *text, size_t length, uint64_t now) {
  for (const char *end = text + length; text < end; text++) {
    char byte = *text;
    c->event_bytes++;
    if (byte == '\n') {
      end_line(c, now);
      continue;
    }
    if (c->line_length < HEAD - 1) c->line[c->line_length++] = byte;
    if (c->reading) {
      if (byte >= '0' && byte <= '9') {
        c->number = c->number * 10 + (uint64_t)(byte - '0');
        continue;
      }
      /* An ISO 8601 time has more after its first digits. */
      if (c->reading == AT && byte == '"' && !c->at) c->at = c->number;
      if (c->reading == VERSION && !c->version) c->version = c->number;
      c->reading = NOTHING;
    } else if (c->matched == 1 && (byte == 'a' || byte == 'v')) {
      c->pattern = byte == 'a' ? AT : VERSION;
      c->matched = 2;
      continue;
    } else if (c->matched > 1 && byte == PATTERNS[c->pattern][c->matched]) {
      if (!PATTERNS[c->pattern][++c->matched]) {
        c->reading = c->pattern;
        c->matched = 0;
        c->number = 0;
      }
      continue;
    }
    c->matched = byte == '"';
  }
}

/* Parse one byte of the response's head; false if the response is refused. */
static bool take_header(struct client *c, char byte) {
  if (byte != '\n') {
    if (c->line_length < HEAD - 1) c->line[c->line_length++] = byte;
    return true;
  }
  int length = c->line_length;
  if (length && c->line[length - 1] == '\r') length--;
  c->line[length] = 0;
  c->line_length = 0;
  if (!strncmp(c->line, "HTTP/", 5) && strncmp(c->line + 8, " 200", 4)) {
    refused++;
    return false;
  }
  if (!strcasecmp(c->line, "transfer-encoding: chunked")) c->is_chunked = true;
  if (length == 0) {
    unanswered--;
    connected++;
    reconnects += c->met;
    c->met = true;
    c->phase = c->is_chunked ? CHUNK_SIZE : RAW;
    c->chunk_left = 0;
    c->at = c->version = 0;
    c->event_bytes = 0;
    c->is_wanted = false;
    c->pattern = c->matched = c->reading = 0;
    if (option.lifetime_ms)
      c->due_ns = now_ns() + (uint64_t)((0.5 + drand48()) * option.lifetime_ms * 1e6);
  }
  return true;
}

/* False when the stream has ended. */
static bool take_bytes(struct client *c, const char *bytes, size_t length, uint64_t now) {
  for (size_t i = 0; i < length;) {
    char byte = bytes[i];
    switch (c->phase) {
    case HEADERS:
      i++;
      if (!take_header(c, byte)) return false;
      break;
    case CHUNK_SIZE:
      i++;
      if (byte == '\n') {
        if (c->chunk_left == 0) return false;
        c->phase = CHUNK_DATA;
      } else if (byte != '\r') {
        unsigned digit = byte <= '9' ? (unsigned)(byte - '0') : (unsigned)((byte | 32) - 'a') + 10;
        c->chunk_left = c->chunk_left * 16 + digit;
      }
      break;
    case CHUNK_DATA: {
      size_t part = length - i < c->chunk_left ? length - i : c->chunk_left;
      take_text(c, bytes + i, part, now);
      i += part;
      if ((c->chunk_left -= (uint32_t)part) == 0) c->phase = CHUNK_END;
      break;
    }
    case CHUNK_END:
      i++;
      if (byte == '\n') c->phase = CHUNK_SIZE;
      break;
    default:
      take_text(c, bytes + i, length - i, now);
      return true;
    }
  }
  return true;
}

static void serve(struct client *c, uint32_t what) {
  if (c->phase == CONNECTING) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) leave(c, true);
    else send_request(c);
  } else if (c->phase == STUCK) {
    if (what & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) leave(c, true);
  } else if (c->phase != WAITING && c->phase != LOST) {
    ssize_t length = recv(c->fd, buffer, sizeof buffer, 0);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (length <= 0 || !take_bytes(c, buffer, (size_t)length, now_ns())) leave(c, true);
  }
}

/* Connect clients that are due; disconnect those that have stayed long enough. */
static void look_at_clocks(void) {
  uint64_t now = now_ns();
  for (int i = 0; i < option.clients; i++) {
    struct client *c = &clients[i];
    if (c->due_ns > now) continue;
    if (c->phase == WAITING) {
      if (c->met || unanswered < UNANSWERED) dial(c);
    } else if (option.lifetime_ms && is_open(c) && c->phase != STUCK) {
      if (i % 2) {
        struct linger reset = {.l_onoff = 1, .l_linger = 0};
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
      }
      leave(c, false);
    }
  }
}

/* ── Commands ────────────────────────────────────────────────────────────────────────────────── */

static void print_report(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  uint64_t fewest = UINT64_MAX, most = 0, newest = 0, oldest = UINT64_MAX, newest_ns = 0;
  int readers = 0, with_newest = 0;
  for (int i = option.stuck; i < option.clients; i++, readers++) {
    struct client *c = &clients[i];
    if (c->events < fewest) fewest = c->events;
    if (c->events > most) most = c->events;
    if (c->last_version > newest) newest = c->last_version;
    if (c->last_version < oldest) oldest = c->last_version;
    if (c->last_version_ns > newest_ns) newest_ns = c->last_version_ns;
  }
  for (int i = option.stuck; i < option.clients; i++)
    with_newest += clients[i].last_version == newest;
  printf("{\"connected\":%d,\"readers\":%d,\"lost\":%llu,\"refused\":%llu,\"failed\":%llu,"
         "\"reconnects\":%llu,\"events\":%llu,\"received\":%llu,\"fewest\":%llu,\"most\":%llu,"
         "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"bytes_per_event\":%.1f,"
         "\"newest_version\":%llu,\"oldest_version\":%llu,\"with_newest\":%d,"
         "\"newest_version_ns\":%llu,\"cpu_seconds\":%.3f}\n",
         connected, readers, (unsigned long long)lost, (unsigned long long)refused,
         (unsigned long long)failed, (unsigned long long)reconnects, (unsigned long long)events,
         (unsigned long long)received, (unsigned long long)(readers ? fewest : 0),
         (unsigned long long)most, percentile_ms(0.5), percentile_ms(0.99),
         (double)slowest_ns / 1e6, events ? (double)event_bytes / (double)events : 0.0,
         (unsigned long long)newest, (unsigned long long)(readers ? oldest : 0), with_newest,
         (unsigned long long)newest_ns, cpu);
}

static void open_window(unsigned long long from, unsigned long long to) {
  from_ns = from;
  to_ns = to;
  events = received = event_bytes = slowest_ns = 0;
  memset(histogram, 0, sizeof histogram);
  for (int i = 0; i < option.clients; i++) clients[i].events = 0;
  printf("{}\n");
}

static void obey(char *command) {
  unsigned long long from, to;
  if (sscanf(command, "window %llu %llu", &from, &to) == 2) open_window(from, to);
  else if (!strcmp(command, "report")) print_report();
  else if (!strcmp(command, "status"))
    printf("{\"connected\":%d,\"lost\":%llu,\"failed\":%llu}\n", connected,
           (unsigned long long)lost, (unsigned long long)failed);
  else exit(0);
  fflush(stdout);
}

static void read_commands(void) {
  static char text[4096];
  static size_t kept;
  ssize_t length = read(0, text + kept, sizeof text - kept - 1);
  if (length <= 0) exit(0);
  text[kept + (size_t)length] = 0;
  char *line = text, *end;
  for (; (end = strchr(line, '\n')); line = end + 1) {
    *end = 0;
    obey(line);
  }
  kept = strlen(line);
  memmove(text, line, kept + 1);
}

static void read_options(int count, char **values) {
  static const struct option known[] = {
      {"port", 1, 0, 'p'},  {"path", 1, 0, 'u'},  {"clients", 1, 0, 'n'},
      {"kind", 1, 0, 'k'},  {"rate", 1, 0, 'r'},  {"addresses", 1, 0, 'a'},
      {"stuck", 1, 0, 's'}, {"reconnect", 0, 0, 'c'}, {"lifetime-ms", 1, 0, 'l'},
      {0, 0, 0, 0}};
  for (int found; (found = getopt_long(count, values, "", known, 0)) != -1;) {
    switch (found) {
    case 'p': option.port = atoi(optarg); break;
    case 'u': option.path = optarg; break;
    case 'n': option.clients = atoi(optarg); break;
    case 'k': option.kind = optarg; break;
    case 'r': option.rate = atoi(optarg); break;
    case 'a': option.addresses = atoi(optarg); break;
    case 's': option.stuck = atoi(optarg); break;
    case 'c': option.reconnect = true; break;
    case 'l': option.lifetime_ms = atoi(optarg); break;
    default: exit(2);
    }
  }
  if (option.port < 1 || option.clients < 1 || option.rate < 1) {
    fprintf(stderr, "load_client: --port, --clients and --rate are at least 1\n");
    exit(2);
  }
}

int main(int count, char **values) {
  read_options(count, values);
  request_length = snprintf(request, sizeof request,
                            "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                            "Accept: text/event-stream\r\nCache-Control: no-cache\r\n\r\n",
                            option.path, option.port);
  srand48(2026);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event input = {.events = EPOLLIN, .data.u32 = STDIN_TAG};
  epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input);
  clients = calloc((size_t)option.clients, sizeof *clients);
  uint64_t start = now_ns();
  for (int i = 0; i < option.clients; i++) {
    clients[i].retry_ms = 3000; /* the default of browsers */
    wait_until(&clients[i], start + (uint64_t)i * NS / (uint64_t)option.rate);
  }
  static struct epoll_event ready[1024];
  for (uint64_t next_look = 0;;) {
    bool has_clocks = waiting > 0 || option.lifetime_ms;
    int found = epoll_wait(epoll, ready, 1024, has_clocks ? 5 : 1000);
    for (int i = 0; i < found; i++) {
      if (ready[i].data.u32 == STDIN_TAG) read_commands();
      else serve(&clients[ready[i].data.u32], ready[i].events);
    }
    uint64_t now;
    if (has_clocks && (now = now_ns()) >= next_look) {
      look_at_clocks();
      next_look = now + 5000000;
    }
  }
}
