// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;

/// A hub on the loopback interface with one repository, and a second server that hands out its
/// large files, as the real one has.
final class FakeHub implements AutoCloseable {
  /// Hashing 64 MB for each of many requests would take longer than the test.
  private static final IdentityHashMap<byte[], String> ETAGS = new IdentityHashMap<>();

  static final RepoId REPO = RepoId.parse("org/tiny");
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  /// A request that arrived.
  record Seen(String host, String method, String path, Map<String, String> headers) {
    String line() {
      return method + " " + path;
    }
  }

  /// Something that happens instead of the right answer.
  interface Trouble {
    /// Answers and returns true, or leaves it to others.
    boolean meddle(HttpExchange exchange) throws IOException;
  }

  interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  final Map<String, byte[]> files = new TreeMap<>();
  final Map<String, String> revisions =
      new ConcurrentHashMap<>(Map.of("main", COMMIT, COMMIT, COMMIT));
  final List<String> extraNames = new ArrayList<>();
  final List<Seen> seen = new CopyOnWriteArrayList<>();
  final AtomicLong bytesFromCdn = new AtomicLong();
  final AtomicInteger signature = new AtomicInteger(1);
  volatile boolean zipped;
  volatile int throttle;
  private final List<Trouble> troubles = new CopyOnWriteArrayList<>();
  private final String prefix;
  private final HttpServer hub;
  private final HttpServer cdn;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

  FakeHub() throws IOException {
    this("");
  }

  FakeHub(String prefix) throws IOException {
    this.prefix = prefix;
    hub = server("hub");
    cdn = server("cdn");
    text("model_index.json", "{\"_class_name\": \"StableDiffusionPipeline\"}\n");
    text("scheduler/scheduler_config.json", "{}\n");
    text("tokenizer/vocab.json", "{\"a\": 0}\n");
    text("tokenizer/merges.txt", "#version: 0.2\n");
    text("tokenizer/tokenizer_config.json", "{}");
    text("text_encoder/config.json", "{\"t\": 1}\n");
    text("unet/config.json", "{\"u\": 1}\n");
    text("vae/config.json", "{\"v\": 1}\n");
    large("text_encoder/model.safetensors", 70_001);
    large("unet/diffusion_pytorch_model.safetensors", 300_007);
    large("vae/diffusion_pytorch_model.safetensors", 50_003);
  }

  private HttpServer server(String name) throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(executor);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            handle(name, exchange);
          } catch (IOException _) {
            // The client went away, or the test cut the line.
          }
        });
    server.start();
    return server;
  }

  void text(String path, String content) {
    files.put(path, content.getBytes(UTF_8));
  }

  byte[] large(String path, int size) {
    byte[] bytes = new byte[size];
    new Random(path.hashCode()).nextBytes(bytes);
    files.put(path, bytes);
    return bytes;
  }

  void trouble(Trouble trouble) {
    troubles.add(trouble);
  }

  /// Gives this answer to the first `times` requests that match.
  void answer(int times, Predicate<HttpExchange> which, Answer answer) {
    var left = new AtomicInteger(times);
    trouble(exchange -> {
      if (!which.test(exchange) || left.getAndUpdate(n -> Math.max(0, n - 1)) == 0) {
        return false;
      }
      answer.to(exchange);
      return true;
    });
  }

  static Predicate<HttpExchange> path(String method, String part) {
    return x -> x.getRequestMethod().equals(method) && x.getRequestURI().getPath().contains(part);
  }

  Predicate<HttpExchange> cdn(String file) {
    return path("GET", "/cdn/" + etag(file));
  }

  /// `status` with pairs of header names and values.
  static Answer status(int status, String... headers) {
    return exchange -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(status, -1);
    };
  }

  String url() {
    return "http://" + host(hub) + prefix;
  }

  String cdnHost() {
    return host(cdn);
  }

  private static String host(HttpServer server) {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  List<String> lines() {
    return seen.stream().map(Seen::line).toList();
  }

  List<Seen> seenBy(String host) {
    return seen.stream().filter(s -> s.host.equals(host)).toList();
  }

  static boolean isLarge(String path) {
    return path.endsWith(".safetensors") || path.endsWith(".bin");
  }

  String etag(String path) {
    return etag(path, files.get(path));
  }

  static String etag(String path, byte[] bytes) {
    synchronized (ETAGS) {
      return ETAGS.computeIfAbsent(bytes, _ -> hash(path, bytes));
    }
  }

  private static String hash(String path, byte[] bytes) {
    try {
      if (isLarge(path)) {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
      }
      var sha1 = MessageDigest.getInstance("SHA-1");
      sha1.update(("blob " + bytes.length + "\0").getBytes(UTF_8));
      return HexFormat.of().formatHex(sha1.digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private void handle(String host, HttpExchange x) throws IOException {
    Map<String, String> headers = new TreeMap<>();
    x.getRequestHeaders()
        .forEach(
            (name, values) -> headers.put(name.toLowerCase(Locale.ROOT), String.join(",", values)));
    String raw = x.getRequestURI().getRawPath();
    seen.add(new Seen(host, x.getRequestMethod(), raw, headers));
    for (Trouble trouble : troubles) {
      if (trouble.meddle(x)) {
        return;
      }
    }
    if (host.equals("cdn")) {
      fromCdn(x);
      return;
    }
    if (!raw.startsWith(prefix)) {
      x.sendResponseHeaders(404, -1);
      return;
    }
    String path = raw.substring(prefix.length());
    String api = "/api/models/" + REPO + "/revision/";
    String resolve = "/" + REPO + "/resolve/";
    if (path.startsWith(api)) {
      info(x, unescape(path.substring(api.length())));
    } else if (path.startsWith(resolve)) {
      String rest = path.substring(resolve.length());
      int slash = rest.indexOf('/');
      file(x, unescape(rest.substring(0, slash)), unescape(rest.substring(slash + 1)));
    } else {
      status(401, "X-Error-Code", "RepoNotFound", "X-Error-Message", "Repository not found").to(x);
    }
  }

  private static String unescape(String text) {
    return java.net.URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
  }

  private void info(HttpExchange x, String revision) throws IOException {
    String commit = revisions.get(revision);
    if (commit == null) {
      status(404, "X-Error-Code", "RevisionNotFound").to(x);
      return;
    }
    var names = new ArrayList<>(files.keySet());
    names.addAll(extraNames);
    String siblings =
        names.stream()
            .map(name -> "{\"rfilename\": \"" + name.replace("\\", "\\\\") + "\"}")
            .collect(Collectors.joining(","));
    body(
        x,
        200,
        "{\"id\": \"%s\", \"sha\": \"%s\", \"gated\": false, \"siblings\": [%s]}"
            .formatted(REPO, commit, siblings.replace("\0", "\\u0000"))
            .getBytes(UTF_8));
  }

  private void file(HttpExchange x, String revision, String path) throws IOException {
    byte[] bytes = files.get(path);
    String commit = revisions.get(revision);
    if (commit == null) {
      status(404, "X-Error-Code", "RevisionNotFound").to(x);
      return;
    }
    x.getResponseHeaders().set("X-Repo-Commit", commit);
    if (bytes == null) {
      status(404, "X-Error-Code", "EntryNotFound").to(x);
      return;
    }
    if (isLarge(path)) {
      String etag = etag(path);
      x.getResponseHeaders().set("X-Linked-Etag", '"' + etag + '"');
      x.getResponseHeaders().set("X-Linked-Size", String.valueOf(bytes.length));
      x.getResponseHeaders()
          .set("Location", "http://" + cdnHost() + "/cdn/" + etag + "?sig=" + signature.get());
      x.sendResponseHeaders(302, -1);
      return;
    }
    x.getResponseHeaders().set("ETag", (zipped ? "W/" : "") + '"' + etag(path) + '"');
    byte[] body = bytes;
    if (zipped) {
      x.getResponseHeaders().set("Content-Encoding", "gzip");
      body = gzip(bytes);
    }
    body(x, 200, body);
  }

  static byte[] gzip(byte[] bytes) {
    var out = new ByteArrayOutputStream();
    try (var zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static void body(HttpExchange x, int status, byte[] body) throws IOException {
    if (x.getRequestMethod().equals("HEAD")) {
      x.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
      x.sendResponseHeaders(status, -1);
      return;
    }
    x.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    x.getResponseBody().write(body);
  }

  private void fromCdn(HttpExchange x) throws IOException {
    if (x.getRequestHeaders().containsKey("Authorization")
        || !("sig=" + signature.get()).equals(x.getRequestURI().getQuery())) {
      x.sendResponseHeaders(403, -1);
      return;
    }
    String etag = x.getRequestURI().getPath().substring("/cdn/".length());
    byte[] bytes =
        files.entrySet().stream()
            .filter(e -> isLarge(e.getKey()) && etag(e.getKey()).equals(etag))
            .findFirst()
            .orElseThrow()
            .getValue();
    serve(x, bytes);
  }

  /// Hands out bytes, from where the request says.
  void serve(HttpExchange x, byte[] bytes) throws IOException {
    String range = x.getRequestHeaders().getFirst("Range");
    int from = 0;
    if (range != null) {
      from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
      if (from >= bytes.length) {
        x.sendResponseHeaders(416, -1);
        return;
      }
      x.getResponseHeaders()
          .set("Content-Range", "bytes %d-%d/%d".formatted(from, bytes.length - 1, bytes.length));
    }
    x.sendResponseHeaders(range == null ? 200 : 206, bytes.length - from);
    int chunk = throttle > 0 ? throttle : bytes.length;
    for (int at = from; at < bytes.length; at += chunk) {
      int count = Math.min(chunk, bytes.length - at);
      x.getResponseBody().write(bytes, at, count);
      bytesFromCdn.addAndGet(count);
      if (throttle > 0) {
        x.getResponseBody().flush();
        try {
          Thread.sleep(1);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }

  @Override
  public void close() {
    hub.stop(0);
    cdn.stop(0);
    executor.shutdownNow();
    synchronized (ETAGS) {
      ETAGS.clear();
    }
  }
}
