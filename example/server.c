/* The whole example application: a page at /, "ok" at /health, a line on stdout for each request.
 * Built once, so that the Dockerfile needs no base image:
 *   musl-gcc -static -Os -s -Wl,--build-id=none -o server server.c */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void leave(int signal) {
  (void)signal;
  _exit(0);
}

static void answer(int client, const char *type, const char *body) {
  char head[256];
  int length = snprintf(head, sizeof head,
                        "HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %zu\r\nconnection: close\r\n\r\n",
                        type, strlen(body));
  write(client, head, length);
  write(client, body, strlen(body));
}

int main(void) {
  const char *given = getenv("PORT");
  int port = given ? atoi(given) : 8080;
  const char *greeting = getenv("GREETING");
  char host[64] = "";
  char page[1024];
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = INADDR_ANY};
  int one = 1;
  int listener = socket(AF_INET, SOCK_STREAM, 0);

  if (port < 1 || port > 65535) {
    fprintf(stderr, "PORT is no port: %s\n", given);
    return 1;
  }
  signal(SIGTERM, leave);
  signal(SIGINT, leave);
  signal(SIGPIPE, SIG_IGN);
  gethostname(host, sizeof host - 1);
  snprintf(page, sizeof page,
           "<!doctype html><title>img2vid example</title><h1>%s</h1><p>Served by the container %s.</p>\n",
           greeting ? greeting : "It runs.", host);
  address.sin_port = htons(port);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64)) {
    perror("cannot listen");
    return 1;
  }
  printf("listening on port %d\n", port);
  fflush(stdout);
  for (;;) {
    char request[4096];
    int client = accept(listener, NULL, NULL);
    ssize_t length = read(client, request, sizeof request - 1);
    if (length > 0) {
      request[length] = 0;
      request[strcspn(request, "\r\n")] = 0;
      if (!strncmp(request, "GET /health", 11)) answer(client, "text/plain", "ok\n");
      else {
        puts(request);
        fflush(stdout);
        answer(client, "text/html", page);
      }
    }
    close(client);
  }
}
