// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.hubble.HubAccess;
import dev.hubble.Hubble;
import dev.hubble.HubbleException;
import dev.hubble.LoadOptions;
import dev.hubble.Request;
import dev.hubble.Safety;
import dev.hubble.SingleFileHints;
import dev.hubble.weights.hub.HubException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Models by their names on a hub, which is here a server on the loopback interface.
class HubModelsTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  @TempDir Path folder;
  private final Map<String, byte[]> files = new TreeMap<>();
  private String repo = "org/tiny";
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private HubAccess hub = HubAccess.DEFAULT;
  private final HttpServer server;

  HubModelsTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }

  @BeforeEach
  void start() throws IOException, URISyntaxException {
    Path tiny = tiny();
    try (var walk = Files.walk(tiny)) {
      for (Path file : walk.filter(Files::isRegularFile).toList()) {
        files.put(tiny.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
      }
    }
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            handle(exchange);
          }
        });
    server.start();
    hub =
        HubAccess.DEFAULT
            .cache(folder.resolve("cache"))
            .token("")
            .endpoint(URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
  }

  private Path tiny() throws URISyntaxException {
    return Path.of(Objects.requireNonNull(getClass().getResource("/reference/tiny-sd")).toURI());
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void handle(HttpExchange x) throws IOException {
    String path = x.getRequestURI().getPath();
    asked.add(x.getRequestMethod() + " " + path);
    String file = path.replaceFirst("^/" + repo + "/resolve/" + COMMIT + "/", "");
    if (path.equals("/api/models/" + repo + "/revision/main")) {
      String names =
          files.keySet().stream()
              .map("{\"rfilename\": \"%s\"}"::formatted)
              .collect(Collectors.joining(","));
      send(x, "{\"sha\": \"%s\", \"siblings\": [%s]}".formatted(COMMIT, names).getBytes(UTF_8));
    } else if (files.containsKey(file)) {
      byte[] bytes = Objects.requireNonNull(files.get(file));
      x.getResponseHeaders().set("X-Repo-Commit", COMMIT);
      x.getResponseHeaders().set("ETag", '"' + blobId(bytes) + '"');
      send(x, bytes);
    } else {
      x.getResponseHeaders().set("X-Error-Code", "RepoNotFound");
      x.sendResponseHeaders(401, -1);
    }
  }

  private static void send(HttpExchange x, byte[] bytes) throws IOException {
    if (x.getRequestMethod().equals("HEAD")) {
      x.getResponseHeaders().set("Content-Length", String.valueOf(bytes.length));
      x.sendResponseHeaders(200, -1);
    } else {
      x.sendResponseHeaders(200, bytes.length);
      x.getResponseBody().write(bytes);
    }
  }

  private static String blobId(byte[] bytes) {
    try {
      var sha1 = MessageDigest.getInstance("SHA-1");
      sha1.update(("blob " + bytes.length + "\0").getBytes(UTF_8));
      return HexFormat.of().formatHex(sha1.digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private LoadOptions options() {
    return new LoadOptions("cpu", 1).hub(hub);
  }

  @Test
  void drawsWithAModelFromTheHubAsWithTheSameFolder() throws URISyntaxException {
    var request = Request.of("a galaxy").seed(1).steps(1).size(64, 64);
    var most = new AtomicLong();
    hub = hub.progress((done, total) -> most.set(done));
    try (var remote = Hubble.load("org/tiny", options());
        var local = Hubble.load(tiny().toString(), options())) {
      assertThat(remote.info().name()).isEqualTo("org/tiny");
      assertThat(remote.info().hash()).isEqualTo(local.info().hash());
      assertThat(remote.generate(request).image().getRGB(5, 5))
          .isEqualTo(local.generate(request).image().getRGB(5, 5));
    }
    assertThat(most.get()).isPositive();
    asked.clear();
    hub = hub.offline(true);
    Hubble.load("org/tiny", options()).close();
    assertThat(Hubble.info("org/tiny", options()).name()).isEqualTo("org/tiny");
    assertThat(asked).isEmpty();
  }

  @Test
  void fetchesTheSafetyCheckerIfAskedTo() throws Exception {
    Path safety = tiny().resolveSibling("safety");
    for (var name : List.of("safety_checker/config.json", "safety_checker/model.safetensors")) {
      files.put(name, Files.readAllBytes(safety.resolve(name)));
    }
    var request = Request.of("a galaxy").seed(1).steps(1).size(64, 64);
    try (var hubble = Hubble.load("org/tiny", options())) {
      assertThat(hubble.generate(request).safety().mode()).isEqualTo(Safety.OFF);
      assertThatThrownBy(() -> hubble.generate(request.safety(Safety.FLAG)))
          .isInstanceOf(HubbleException.BadRequest.class)
          .hasMessageContaining("hubble download M --safety");
    }
    assertThat(asked).noneMatch(line -> line.contains("safety_checker"));
    hub = hub.safetyChecker(true);
    // The index of the tiny model names none, but the hub has one.
    try (var hubble = Hubble.load("org/tiny", options())) {
      assertThat(hubble.generate(request).safety().verdicts()).hasSize(1);
      assertThat(hubble.generate(request.safety(Safety.BLOCK)).safety().mode())
          .isEqualTo(Safety.BLOCK);
    }
  }

  @Test
  void readsTextsWithoutFetchingTheWeights() {
    var tokens = Hubble.tokenizer("org/tiny", options()).encode("a galaxy");
    assertThat(tokens.untruncated()).isGreaterThan(2);
    assertThat(asked).noneMatch(line -> line.endsWith(".safetensors"));
  }

  @Test
  void refusesAModelOfAnotherKindBeforeItsWeightsAreFetched() {
    files.put(
        "model_index.json", "{\"_class_name\": \"StableDiffusionXLPipeline\"}".getBytes(UTF_8));
    assertThatThrownBy(() -> Hubble.load("org/tiny", options()))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContaining("SDXL");
    assertThat(asked).noneMatch(line -> line.endsWith(".safetensors"));
  }

  @Test
  void aSingleFileTakesClipsVocabularyFromTheHubOrFromTheCache() throws Exception {
    repo = "CompVis/stable-diffusion-v1-4";
    var config = folder.resolve("config");
    for (var part : List.of("text_encoder", "unet", "vae", "scheduler")) {
      Files.createDirectories(config.resolve(part));
      var name = part.equals("scheduler") ? "scheduler_config.json" : "config.json";
      Files.copy(tiny().resolve(part).resolve(name), config.resolve(part).resolve(name));
    }
    var file = tiny().resolveSibling("tiny-sd.ldm.ckpt").toString();
    var singleFile = SingleFileHints.DEFAULT.config(config);
    Hubble.load(file, options().singleFile(singleFile)).close();
    assertThat(asked).isNotEmpty().noneMatch(line -> line.endsWith(".safetensors"));
    asked.clear();
    try (var hubble = Hubble.load(file, options().singleFile(singleFile))) {
      assertThat(hubble.tokens("a galaxy").ids())
          .isEqualTo(Hubble.tokenizer(tiny().toString(), options()).encode("a galaxy").ids());
    }
    assertThat(asked).isEmpty();
  }

  @Test
  void saysWhatTheHubSays() {
    assertThatThrownBy(() -> Hubble.load("org/other", options()))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContaining("There is no model org/other")
        .hasCauseInstanceOf(HubException.class);
  }

  @Test
  void whatIsOnDiskWinsOverTheHub() {
    assertThatThrownBy(() -> Hubble.load("src/main", options()))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContaining("src/main has no model_index.json");
    assertThat(asked).isEmpty();
  }

  @Test
  void namesOfWeightFilesAreNotLookedForOnTheHub() {
    assertThatThrownBy(() -> Hubble.load("models/v1-4.safetensors", options()))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContaining("There is no model models/v1-4.safetensors");
    assertThat(asked).isEmpty();
  }

  @Test
  void passesFoldersThroughAndHasNothingToFetchForMini() throws URISyntaxException {
    assertThat(Hubble.download(tiny().toString(), hub)).isEqualTo(tiny());
    assertThatThrownBy(() -> Hubble.download("mini", hub))
        .isInstanceOf(HubbleException.BadRequest.class);
  }

  @Test
  void anInterruptCancels() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> Hubble.load("org/tiny", options()))
        .isInstanceOf(HubbleException.Cancelled.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void theTokenIsNotPrinted() {
    assertThat(HubAccess.DEFAULT.token("hf_secret").toString()).doesNotContain("hf_secret");
  }
}
