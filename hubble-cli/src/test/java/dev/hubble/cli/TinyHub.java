// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/// A hub on the loopback interface with the embedded model in it, as `org/mini`.
final class TinyHub implements AutoCloseable {
  static final String UNET = "unet/diffusion_pytorch_model.safetensors";
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final List<String> FILES =
      List.of(
          "model_index.json",
          "scheduler/scheduler_config.json",
          "tokenizer/vocab.json",
          "tokenizer/merges.txt",
          "text_encoder/config.json",
          "text_encoder/model.safetensors",
          "unet/config.json",
          UNET,
          "vae/config.json",
          "vae/diffusion_pytorch_model.safetensors");

  final CountDownLatch halfway = new CountDownLatch(1);

  /// Whether the UNet stops in the middle.
  volatile boolean stalls;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final HttpServer server;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

  TinyHub() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(executor);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            handle(exchange);
          }
        });
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void handle(HttpExchange x) throws IOException {
    String path = x.getRequestURI().getPath();
    if (path.equals("/api/models/org/mini/revision/main")) {
      send(
          x,
          FILES.stream()
              .map("{\"rfilename\": \"%s\"}"::formatted)
              .collect(
                  Collectors.joining(",", "{\"sha\": \"" + COMMIT + "\", \"siblings\": [", "]}"))
              .getBytes(UTF_8),
          false);
      return;
    }
    String file = path.substring(("/org/mini/resolve/" + COMMIT + "/").length());
    byte[] bytes = resource(file);
    x.getResponseHeaders().set("X-Repo-Commit", COMMIT);
    x.getResponseHeaders().set("ETag", '"' + blobId(bytes) + '"');
    send(x, bytes, stalls && file.equals(UNET));
  }

  private void send(HttpExchange x, byte[] bytes, boolean stall) throws IOException {
    if (x.getRequestMethod().equals("HEAD")) {
      x.getResponseHeaders().set("Content-Length", String.valueOf(bytes.length));
      x.sendResponseHeaders(200, -1);
      return;
    }
    x.sendResponseHeaders(200, bytes.length);
    if (!stall) {
      x.getResponseBody().write(bytes);
      return;
    }
    x.getResponseBody().write(bytes, 0, bytes.length / 2);
    x.getResponseBody().flush();
    halfway.countDown();
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static byte[] resource(String file) throws IOException {
    try (var in = ClassLoader.getSystemResourceAsStream("dev/hubble/mini/" + file)) {
      return Objects.requireNonNull(in, file).readAllBytes();
    }
  }

  static String blobId(byte[] bytes) {
    try {
      var sha1 = MessageDigest.getInstance("SHA-1");
      sha1.update(("blob " + bytes.length + "\0").getBytes(UTF_8));
      return HexFormat.of().formatHex(sha1.digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    executor.shutdownNow();
  }
}
