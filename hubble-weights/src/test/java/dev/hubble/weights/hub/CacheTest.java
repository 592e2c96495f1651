// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.weights.hub.HubException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/// What is in the cache already, whoever put it there.
class CacheTest extends HubTest {
  private static final String OLD = "a".repeat(40);

  /// What Python's client leaves, the tokenizer's optional file left out as it may be.
  private void layOutAsPythonDoes(String commit) throws IOException {
    for (var file : hub.files.entrySet()) {
      Path blob = blob(file.getKey());
      Files.createDirectories(blob.getParent());
      Files.write(blob, file.getValue());
      Path pointer = repo().resolve("snapshots/" + commit).resolve(file.getKey());
      Files.createDirectories(pointer.getParent());
      Files.createSymbolicLink(pointer, pointer.getParent().relativize(blob));
    }
    Files.createDirectories(repo().resolve("refs"));
    Files.write(repo().resolve("refs/main"), commit.getBytes(UTF_8));
    Files.createDirectories(repo().resolve("trees"));
    Files.writeString(repo().resolve("trees/" + commit + ".json"), "{}");
    Files.writeString(
        cache().resolve("CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55");
  }

  @Test
  void usesWhatPythonFetchedWhenACommitIsNamed() throws IOException {
    layOutAsPythonDoes(FakeHub.COMMIT);
    var before = tree(cache());
    Path snapshot = download(FakeHub.COMMIT, null);
    assertThat(snapshot).isEqualTo(snapshot());
    assertWhole(snapshot);
    assertThat(hub.seen).isEmpty();
    assertThat(tree(cache())).isEqualTo(before);
  }

  @Test
  void usesWhatPythonFetchedWhenOffline() throws IOException {
    layOutAsPythonDoes(FakeHub.COMMIT);
    for (String variable : new String[] {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"}) {
      environment.remove("HF_HUB_OFFLINE");
      environment.put(variable, "yes");
      var before = tree(cache());
      assertWhole(download());
      assertThat(hub.seen).isEmpty();
      assertThat(tree(cache())).isEqualTo(before);
    }
  }

  @Test
  void fetchesNothingAgainThatPythonFetched() throws IOException {
    layOutAsPythonDoes(FakeHub.COMMIT);
    assertWhole(download());
    assertThat(hub.lines()).containsExactly("GET /api/models/org/tiny/revision/main");
  }

  @Test
  void usesTheCacheWhenTheHubCannotBeReached() throws IOException {
    layOutAsPythonDoes(FakeHub.COMMIT);
    hub.close();
    assertWhole(download());
    assertThat(pauses).as("there is no point in waiting").isEmpty();
    assertThat(notes)
        .singleElement()
        .asString()
        .startsWith("Using what the cache has")
        .contains("cannot be reached");
  }

  @Test
  void usesTheCacheWhenAccessIsLost() throws IOException {
    layOutAsPythonDoes(FakeHub.COMMIT);
    hub.trouble(x -> {
      FakeHub.status(401, "X-Error-Code", "GatedRepo").to(x);
      return true;
    });
    assertWhole(download());
    assertThat(notes).hasSize(1);
  }

  @Test
  void doesNotHideThatARevisionIsGone() throws IOException {
    layOutAsPythonDoes(FakeHub.COMMIT);
    hub.revisions.remove("main");
    failure(Kind.REVISION_NOT_FOUND);
  }

  @Test
  void completesAPartialSnapshot() throws IOException {
    layOutAsPythonDoes(FakeHub.COMMIT);
    Files.delete(snapshot().resolve(UNET));
    Files.delete(blob(UNET));
    environment.put("HF_HUB_OFFLINE", "1");
    assertThat(failure(Kind.OFFLINE)).hasMessageContaining("not complete");
    environment.remove("HF_HUB_OFFLINE");
    assertWhole(download(FakeHub.COMMIT, null));
    assertThat(hub.seenBy("cdn")).hasSize(1);
  }

  @Test
  void repairsALinkThatLeadsNowhere() throws IOException {
    layOutAsPythonDoes(FakeHub.COMMIT);
    Files.delete(blob(UNET));
    assertWhole(download());
    assertThat(hub.bytesFromCdn).hasValue(300_007);
  }

  @Test
  void repairsABlobThatACrashCutShort() throws IOException {
    layOutAsPythonDoes(OLD);
    Files.write(blob(UNET), new byte[10]);
    assertWhole(download());
  }

  @Test
  void aRefThatIsNoCommitIsNotBelieved() throws IOException {
    layOutAsPythonDoes(FakeHub.COMMIT);
    Files.writeString(repo().resolve("refs/main"), "../../..");
    environment.put("HF_HUB_OFFLINE", "1");
    failure(Kind.OFFLINE);
  }

  @Test
  void aVariantThatTheCacheLacksIsAskedFor() throws IOException {
    layOutAsPythonDoes(FakeHub.COMMIT);
    hub.large("unet/diffusion_pytorch_model.fp16.safetensors", 1000);
    Path snapshot = download(FakeHub.COMMIT, "fp16");
    assertThat(snapshot.resolve("unet/diffusion_pytorch_model.fp16.safetensors")).exists();
  }

  @Test
  void theTokenizerAloneDoesNotHideAWholeModelFromOfflineUse() throws IOException {
    layOutAsPythonDoes(OLD);
    client().tokenizer(Hub.Wanted.of(FakeHub.REPO), listener());
    assertThat(repo().resolve("refs/main")).hasContent(OLD);
    environment.put("HF_HUB_OFFLINE", "1");
    assertWhole(download());
  }

  @Test
  void worksWithoutLinks() throws IOException {
    environment.put("HF_HUB_DISABLE_SYMLINKS", "1");
    download();
    Map<String, String> expected = new TreeMap<>();
    for (String path : hub.files.keySet()) {
      expected.put(path, FakeHub.etag(path.contains(".") ? path : "x", hub.files.get(path)));
    }
    assertThat(tree(snapshot())).isEqualTo(expected);
    assertThat(repo().resolve("blobs")).isEmptyDirectory();
    hub.seen.clear();
    download();
    download(FakeHub.COMMIT, null);
    assertThat(hub.lines()).containsExactly("GET /api/models/org/tiny/revision/main");
  }

  @Test
  void copiesBlobsOfOthersWhereThereAreNoLinks() throws IOException {
    layOutAsPythonDoes(OLD);
    environment.put("HF_HUB_DISABLE_SYMLINKS", "1");
    assertWhole(download());
    assertThat(blob(UNET)).as("the other snapshot links to it").exists();
    assertThat(Files.isSymbolicLink(snapshot().resolve(UNET))).isFalse();
    assertThat(hub.seenBy("cdn")).isEmpty();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void hostileNamesInTheListAreLeftAlone() throws IOException {
    var names =
        new String[] {
          "../x",
          "../../../../x",
          "/tmp/x",
          "a\\..\\..\\x",
          "a\0b",
          "C:x",
          "unet/../../x",
          "./x",
          "unet//x",
          "",
          "."
        };
    for (String name : names) {
      hub.extraNames.add(name);
    }
    assertWhole(download());
    assertThat(hub.lines().stream().filter(line -> line.startsWith("HEAD")))
        .hasSize(hub.files.size());
    try (var top = Files.list(folder)) {
      assertThat(top).containsExactly(folder.resolve("home"));
    }
  }

  @Test
  void hostileShardNamesAreRefused() {
    hub.files.remove(UNET);
    hub.text(
        "unet/diffusion_pytorch_model.safetensors.index.json",
        "{\"weight_map\": {\"a\": \"../../../../evil.safetensors\"}}");
    assertThat(failure(Kind.BAD_NAME)).hasMessageContaining("evil");
    assertThat(hub.seenBy("cdn")).isEmpty();
  }

  @Test
  void anIndexThatIsNoneIsSaid() {
    hub.files.remove(UNET);
    hub.text("unet/diffusion_pytorch_model.safetensors.index.json", "{\"weight_map\": {}}");
    failure(Kind.CACHE);
  }
}
