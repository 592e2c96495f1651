// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A fake hub, an empty cache, and pauses that are noted down instead of waited for.
abstract class HubTest {
  static final String UNET = "unet/diffusion_pytorch_model.safetensors";

  @TempDir Path folder;
  FakeHub hub;
  final Map<String, String> environment = new HashMap<>();
  final List<Duration> pauses = Collections.synchronizedList(new ArrayList<>());
  final List<String> notes = new ArrayList<>();
  final List<long[]> progress = new ArrayList<>();
  long free = Long.MAX_VALUE;

  @BeforeEach
  void start() throws IOException {
    hub = new FakeHub();
    environment.put("HF_HOME", folder.resolve("home").toString());
    environment.put("HF_ENDPOINT", hub.url());
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  Path cache() {
    return folder.resolve("home/hub");
  }

  Path repo() {
    return cache().resolve("models--org--tiny");
  }

  Path snapshot() {
    return repo().resolve("snapshots/" + FakeHub.COMMIT);
  }

  Path blob(String path) {
    return repo().resolve("blobs/" + hub.etag(path));
  }

  Path partial(String path) {
    return repo().resolve("blobs/" + hub.etag(path) + ".incomplete");
  }

  Hub client() {
    return new Hub(HubConfig.of(environment), new Surroundings(pauses::add, _ -> free));
  }

  Path download() {
    return download("main", null);
  }

  Path download(String revision, @Nullable String variant) {
    return client().model(new Hub.Wanted(FakeHub.REPO, revision, variant), _ -> {}, listener());
  }

  DownloadListener listener() {
    return new DownloadListener() {
      @Override
      public void bytes(long done, long total) {
        progress.add(new long[] {done, total});
      }

      @Override
      public void note(String sentence) {
        notes.add(sentence);
      }
    };
  }

  HubException failure(HubException.Kind kind) {
    return failure(kind, this::download);
  }

  HubException failure(HubException.Kind kind, Runnable action) {
    var e = catchThrowableOfType(HubException.class, action::run);
    assertThat(e).as("a HubException").isNotNull();
    assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
    assertThat(e.getMessage()).matches("(?s)\\S.*\\S\\.").doesNotContain("\n");
    return e;
  }

  /// The files of the model are there, byte for byte.
  void assertWhole(Path snapshot) throws IOException {
    for (var file : hub.files.entrySet()) {
      assertThat(snapshot.resolve(file.getKey())).hasBinaryContent(file.getValue());
    }
  }

  /// Every file, link and folder below `root`: links as `-> target`, files by their content.
  static Map<String, String> tree(Path root) throws IOException {
    Map<String, String> tree = new TreeMap<>();
    try (var walk = Files.walk(root)) {
      for (Path path : walk.toList()) {
        String name = root.relativize(path).toString().replace('\\', '/');
        if (Files.isSymbolicLink(path)) {
          tree.put(name, "-> " + Files.readSymbolicLink(path));
        } else if (Files.isRegularFile(path)) {
          tree.put(name, FakeHub.etag(name.contains(".") ? name : "x", Files.readAllBytes(path)));
        }
      }
    }
    return tree;
  }

  static ProxySelector direct() {
    return ProxySelector.of(null);
  }

  static URI uri(String text) {
    return URI.create(text);
  }
}
