// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Safety checkers, which are fetched if asked for and not otherwise.
class CheckerTest extends HubTest {
  private static final String WEIGHTS = "safety_checker/model.safetensors";

  @BeforeEach
  void add() {
    hub.text(
        "model_index.json",
        "{\"_class_name\": \"StableDiffusionPipeline\", \"safety_checker\":"
            + " [\"stable_diffusion\", \"StableDiffusionSafetyChecker\"]}");
    hub.text("safety_checker/config.json", "{\"s\": 1}");
    hub.text("feature_extractor/preprocessor_config.json", "{}");
    hub.large(WEIGHTS, 40_009);
    hub.large("safety_checker/pytorch_model.bin", 40_010);
    hub.large("safety_checker/model.fp16.safetensors", 20_011);
  }

  private Path downloadChecked(String variant) {
    return client().model(new Hub.Wanted(FakeHub.REPO, "main", variant, true), _ -> {}, listener());
  }

  @Test
  void isLeftOutUnlessAskedFor() {
    Path folder = download();
    assertThat(folder.resolve("unet")).exists();
    assertThat(folder.resolve("safety_checker")).doesNotExist();
    assertThat(folder.resolve("feature_extractor")).doesNotExist();
  }

  @Test
  void comesInOneFormIfAskedFor() {
    Path folder = downloadChecked(null);
    assertThat(folder.resolve(WEIGHTS)).hasBinaryContent(hub.files.get(WEIGHTS));
    assertThat(folder.resolve("safety_checker/config.json")).exists();
    assertThat(folder.resolve("feature_extractor/preprocessor_config.json")).exists();
    assertThat(folder.resolve("safety_checker/pytorch_model.bin")).doesNotExist();
    assertThat(notes).isEmpty();
  }

  @Test
  void comesInTheVariantIfThereIsOne() {
    Path folder = downloadChecked("fp16");
    assertThat(folder.resolve("safety_checker/model.fp16.safetensors")).exists();
    assertThat(folder.resolve(WEIGHTS)).doesNotExist();
  }

  @Test
  void isAddedToAModelThatIsThere() {
    var _ = download();
    hub.seen.clear();
    Path folder = downloadChecked(null);
    assertThat(folder.resolve(WEIGHTS)).hasBinaryContent(hub.files.get(WEIGHTS));
    assertThat(hub.lines()).noneMatch(line -> line.contains("/unet/"));
    // What is whole needs no network, with and without it.
    environment.put("HF_HUB_OFFLINE", "1");
    hub.seen.clear();
    assertThat(downloadChecked(null)).isEqualTo(folder);
    assertThat(download()).isEqualTo(folder);
    assertThat(hub.seen).isEmpty();
  }

  @Test
  void offlineItMustBeThere() {
    var _ = download();
    environment.put("HF_HUB_OFFLINE", "1");
    assertThat(failure(HubException.Kind.OFFLINE, () -> downloadChecked(null)))
        .hasMessageContaining("lacks the safety checker")
        .hasMessageContaining("download org/tiny --safety");
  }

  @Test
  void aModelWithoutOneSaysSo() throws IOException {
    hub.files.keySet().removeIf(file -> file.startsWith("safety") || file.startsWith("feature"));
    hub.text(
        "model_index.json",
        "{\"_class_name\": \"StableDiffusionPipeline\", \"safety_checker\": [null, null]}");
    assertWhole(downloadChecked(null));
    assertThat(notes).containsExactly("org/tiny comes without a safety checker.");
    environment.put("HF_HUB_OFFLINE", "1");
    assertWhole(downloadChecked(null));
  }

  @Test
  void oneWithoutWeightsIsRefused() {
    hub.files
        .keySet()
        .removeIf(file -> file.startsWith("safety_checker/") && !file.endsWith("json"));
    assertThat(failure(HubException.Kind.ENTRY_NOT_FOUND, () -> downloadChecked(null)))
        .hasMessageContaining("no weights in safety_checker");
  }
}
