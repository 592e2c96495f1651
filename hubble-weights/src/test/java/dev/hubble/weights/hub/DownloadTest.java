// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.weights.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

class DownloadTest extends HubTest {
  @Test
  void fetchesAModel() throws IOException {
    Path snapshot = download();
    assertThat(snapshot).isEqualTo(snapshot());
    assertWhole(snapshot);
    assertThat(pauses).isEmpty();
    assertThat(notes).isEmpty();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void laysOutTheCacheAsPythonDoes() throws IOException {
    download();
    var expected = new TreeSet<String>();
    expected.add("models--org--tiny/refs/main");
    for (String path : hub.files.keySet()) {
      String etag = hub.etag(path);
      expected.add("models--org--tiny/blobs/" + etag);
      expected.add("models--org--tiny/snapshots/" + FakeHub.COMMIT + "/" + path);
      expected.add(".locks/models--org--tiny/" + etag + ".lock");
      assertThat(Files.readSymbolicLink(snapshot().resolve(path)).toString())
          .isEqualTo((path.contains("/") ? "../" : "") + "../../blobs/" + etag);
      assertThat(blob(path))
          .hasBinaryContent(hub.files.get(path))
          .matches(blob -> Files.isRegularFile(blob, LinkOption.NOFOLLOW_LINKS));
      assertThat(cache().resolve(".locks/models--org--tiny/" + etag + ".lock")).isEmptyFile();
    }
    assertThat(tree(cache()).keySet()).isEqualTo(expected);
    assertThat(repo().resolve("refs/main")).hasBinaryContent(FakeHub.COMMIT.getBytes(UTF_8));
  }

  @Test
  void fetchesNothingThatIsNotNeeded() throws IOException {
    var needed = List.copyOf(hub.files.keySet());
    for (String path :
        List.of(
            "unet/diffusion_pytorch_model.bin",
            "unet/diffusion_pytorch_model.fp16.safetensors",
            "unet/diffusion_pytorch_model.non_ema.safetensors",
            "text_encoder/pytorch_model.bin",
            "text_encoder/flax_model.msgpack",
            "unet/model.onnx",
            "safety_checker/config.json",
            "safety_checker/model.safetensors",
            "feature_extractor/preprocessor_config.json",
            "v1-4.ckpt",
            "v1-4.safetensors",
            "scheduler/.ipynb_checkpoints/scheduler_config-checkpoint.json",
            "README.md",
            ".gitattributes")) {
      hub.text(path, "not needed");
    }
    download();
    try (var walk = Files.walk(snapshot())) {
      assertThat(walk.filter(Files::isRegularFile).map(f -> snapshot().relativize(f).toString()))
          .containsExactlyInAnyOrderElementsOf(needed);
    }
  }

  @Test
  void asksOnlyWhereTheRevisionStandsWhenAllIsThere() {
    download();
    hub.seen.clear();
    progress.clear();
    assertThat(download()).isEqualTo(snapshot());
    assertThat(hub.lines()).containsExactly("GET /api/models/org/tiny/revision/main");
    assertThat(progress).isEmpty();
  }

  @Test
  void asksNothingForACommitThatIsThere() {
    download();
    hub.seen.clear();
    assertThat(download(FakeHub.COMMIT, null)).isEqualTo(snapshot());
    assertThat(hub.seen).isEmpty();
  }

  @Test
  void fetchesOfANewCommitOnlyWhatChanged() throws IOException {
    download();
    String next = "f".repeat(40);
    hub.revisions.put("main", next);
    hub.revisions.put(next, next);
    hub.text("unet/config.json", "{\"u\": 2}");
    hub.seen.clear();
    Path snapshot = download();
    assertThat(snapshot).isEqualTo(repo().resolve("snapshots/" + next));
    assertWhole(snapshot);
    assertThat(hub.lines().stream().filter(line -> line.startsWith("GET")))
        .containsExactly(
            "GET /api/models/org/tiny/revision/main",
            "GET /org/tiny/resolve/" + next + "/unet/config.json");
    assertThat(repo().resolve("refs/main")).hasContent(next);
  }

  @Test
  void takesPullRequestsAsRevisions() throws IOException {
    hub.revisions.put("refs/pr/1", FakeHub.COMMIT);
    assertWhole(download("refs/pr/1", null));
    assertThat(repo().resolve("refs/refs/pr/1")).hasContent(FakeHub.COMMIT);
    assertThat(hub.lines()).contains("GET /api/models/org/tiny/revision/refs%2Fpr%2F1");
  }

  @Test
  void talksToAMirrorBelowAPath() throws IOException {
    try (var mirror = new FakeHub("/mirrors/hf")) {
      environment.put("HF_ENDPOINT", mirror.url() + "/");
      assertWhole(download());
      assertThat(mirror.lines()).contains("GET /mirrors/hf/api/models/org/tiny/revision/main");
    }
  }

  @Test
  void showsTheTokenToTheHubAlone() throws IOException {
    environment.put("HF_TOKEN", "hf_secret");
    assertWhole(download());
    assertThat(hub.seenBy("hub"))
        .isNotEmpty()
        .allSatisfy(
            s -> assertThat(s.headers()).containsEntry("authorization", "Bearer hf_secret"));
    assertThat(hub.seenBy("cdn"))
        .hasSize(3)
        .allSatisfy(s -> assertThat(s.headers().toString()).doesNotContain("hf_secret"));
  }

  @Test
  void sendsNoTokenWhereThereIsNone() {
    download();
    assertThat(hub.seen)
        .allSatisfy(s -> assertThat(s.headers()).doesNotContainKey("authorization"));
  }

  @Test
  void asksForPlainBytes() {
    download();
    assertThat(hub.seen)
        .allSatisfy(s -> assertThat(s.headers()).containsEntry("accept-encoding", "identity"));
  }

  @Test
  void unpacksWhatIsZippedAllTheSame() throws IOException {
    hub.zipped = true;
    assertWhole(download());
  }

  @Test
  void followsARenamedRepository() throws IOException {
    downloadRenamed();
  }

  private void downloadRenamed() throws IOException {
    RepoId old = RepoId.parse("old/name");
    hub.trouble(x -> {
      String path = x.getRequestURI().getRawPath();
      if (!path.contains("old/name")) {
        return false;
      }
      FakeHub.status(307, "Location", path.replace("old/name", "org/tiny")).to(x);
      return true;
    });
    Path snapshot = client().model(Hub.Wanted.of(old), _ -> {}, listener());
    assertThat(snapshot)
        .isEqualTo(cache().resolve("models--old--name/snapshots/" + FakeHub.COMMIT));
    assertWhole(snapshot);
  }

  @Test
  void keepsTheTokenOnRelativeRedirects() throws IOException {
    environment.put("HF_TOKEN", "hf_secret");
    downloadRenamed();
    assertThat(hub.seenBy("hub"))
        .allSatisfy(
            s -> assertThat(s.headers()).containsEntry("authorization", "Bearer hf_secret"));
  }

  @Test
  void looksAtTheSmallFilesBeforeTheWeights() {
    failure(
        HubException.Kind.BAD_NAME,
        () ->
            client()
                .model(
                    Hub.Wanted.of(FakeHub.REPO),
                    small -> {
                      assertThat(small.resolve("unet/config.json")).exists();
                      throw new HubException(HubException.Kind.BAD_NAME, "Not this one.");
                    },
                    listener()));
    assertThat(hub.seenBy("cdn")).isEmpty();
    assertThat(repo().resolve("refs/main")).doesNotExist();
  }

  @Test
  void fetchesTheTokenizerAlone() throws IOException {
    client().tokenizer(Hub.Wanted.of(FakeHub.REPO), listener());
    assertThat(tree(snapshot()).keySet())
        .containsExactly(
            "tokenizer/merges.txt", "tokenizer/tokenizer_config.json", "tokenizer/vocab.json");
  }

  @Test
  void tellsHowItComesAlong() {
    download();
    long all = hub.files.values().stream().mapToLong(b -> b.length).sum();
    assertThat(progress.getLast()).containsExactly(all, all);
    var done = new ArrayList<Long>();
    progress.forEach(p -> done.add(p[0]));
    assertThat(done).isSorted();
    assertThat(progress).allSatisfy(p -> assertThat(p[0]).isLessThanOrEqualTo(p[1]));
  }

  @Test
  void fetchesTheVariantAndFallsBackToThePlainFile() throws IOException {
    byte[] half = hub.large("unet/diffusion_pytorch_model.fp16.safetensors", 150_000);
    Path snapshot = download("main", "fp16");
    assertThat(snapshot.resolve("unet/diffusion_pytorch_model.fp16.safetensors"))
        .hasBinaryContent(half);
    assertThat(snapshot.resolve(UNET)).doesNotExist();
    assertThat(snapshot.resolve("vae/diffusion_pytorch_model.safetensors")).exists();
    assertThat(notes).singleElement().asString().contains("only some weights of the variant fp16");
  }

  @Test
  void refusesAVariantThatIsAPath() {
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> download("main", "../fp16"))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining("cannot be the variant");
  }

  @Test
  void saysWhichVariantsThereAre() {
    hub.files.remove(UNET);
    hub.large("unet/diffusion_pytorch_model.fp16.safetensors", 100);
    assertThat(failure(HubException.Kind.ENTRY_NOT_FOUND))
        .hasMessageContaining("diffusion_pytorch_model.fp16.safetensors")
        .hasMessageContaining("--variant");
  }

  @Test
  void fetchesShardsThatTheIndexNames() throws IOException {
    hub.files.remove(UNET);
    hub.large("unet/diffusion_pytorch_model-00001-of-00002.safetensors", 90_000);
    hub.large("unet/diffusion_pytorch_model-00002-of-00002.safetensors", 80_000);
    hub.text(
        "unet/diffusion_pytorch_model.safetensors.index.json",
        """
        {"weight_map": {"a": "diffusion_pytorch_model-00001-of-00002.safetensors",
        "b": "diffusion_pytorch_model-00002-of-00002.safetensors",
        "c": "diffusion_pytorch_model-00001-of-00002.safetensors"}}
        """);
    assertWhole(download());
    hub.seen.clear();
    Files.delete(snapshot().resolve("unet/diffusion_pytorch_model-00002-of-00002.safetensors"));
    download(FakeHub.COMMIT, null);
    assertThat(hub.lines()).as("a commit with a shard missing is not whole").isNotEmpty();
  }

  @Test
  void fetchesPicklesWhereThereIsNothingBetter() throws IOException {
    hub.files.remove("text_encoder/model.safetensors");
    hub.large("text_encoder/pytorch_model.bin", 1000);
    assertWhole(download());
  }

  @Test
  void fetchesEmptyFiles() throws IOException {
    hub.text("tokenizer/special_tokens_map.json", "");
    assertWhole(download());
  }

  @Test
  void fetchesTheNewFormOfTokenizer() throws IOException {
    hub.files.remove("tokenizer/vocab.json");
    hub.files.remove("tokenizer/merges.txt");
    hub.text("tokenizer/tokenizer.json", "{}");
    assertWhole(download());
  }
}
