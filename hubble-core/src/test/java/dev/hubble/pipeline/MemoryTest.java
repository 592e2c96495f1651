// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.Cancellation;
import dev.hubble.HubbleException;
import dev.hubble.Modes;
import dev.hubble.NoiseKind;
import dev.hubble.Progress;
import dev.hubble.PromptSyntax;
import dev.hubble.Prompting;
import dev.hubble.kernels.Backends;
import dev.hubble.model.Config;
import dev.hubble.model.Model;
import dev.hubble.model.Models;
import dev.hubble.unet.UNetConfig;
import dev.hubble.vae.VaeConfig;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a run is said to need is enough, and not much more than it takes.
class MemoryTest {
  /// A convolution's buffer, which has a fixed size at most, weighs more in small pictures.
  @ParameterizedTest
  @CsvSource({
    "1, 128, 128, 3, 1",
    "1, 256, 128, 3, 1",
    "1, 512, 512, 2, 1",
    "1, 512, 256, 2, 1",
    "2, 64, 64, 3, 99"
  })
  void theEstimateIsAtLeastThePeakAndNotMuchMore(
      int images, int height, int width, int times, int chunks) throws URISyntaxException {
    var folder =
        Path.of(Objects.requireNonNull(getClass().getResource("/reference/tiny-sd")).toURI());
    try (var ops = Backends.open("cpu", new Backends.Options(2))) {
      var model = Model.load(Models.find(folder.toString()), ops);
      var job =
          new Job(
              IntStream.range(0, images)
                  .mapToObj(i -> new Job.Image("a star" + " BREAK a".repeat(chunks - 1), "", i))
                  .toList(),
              1,
              5,
              width,
              height,
              "",
              0,
              NoiseKind.TORCH_CPU,
              0,
              0,
              Prompting.DEFAULT.syntax(PromptSyntax.A1111),
              null,
              Modes.NONE);
      new TextToImage(model).run(job, Progress.NONE, new Cancellation());
      long needed =
          Memory.needed(
              model.unet().config(),
              model.vae().config(),
              new Memory.Extent(images, true, 77 * chunks, height, width),
              false);
      assertThat(needed).isBetween(ops.peakBytes(), times * ops.peakBytes());
    }
  }

  /// The peaks that the full-size decoder had when it was measured.
  @ParameterizedTest
  @CsvSource({"256, 167.8e6", "512, 671.1e6"})
  void theFullSizeDecoderIsKnown(int side, double peak) {
    var v1 = Config.parse("v1.4", "{}");
    long needed =
        Memory.needed(
            UNetConfig.of(v1), VaeConfig.of(v1), new Memory.Extent(1, true, 77, side, side), false);
    assertThat((double) needed).isBetween(peak, 2 * peak);
  }

  /// What a run asks for at its beginning holds the peak, and hardly more: it stays in memory.
  @Test
  void aRunAsksForWhatItUsuallyNeeds() {
    var v1 = Config.parse("v1.4", "{}");
    var job = new Job(List.of(new Job.Image("", "", 1)), 1, 5, 512, 512, "", 0);
    var plan = Memory.check(UNetConfig.of(v1), VaeConfig.of(v1), job, 77);
    assertThat((double) plan.bytes()).isBetween(671.1e6, 1.1 * 671.1e6);
  }

  /// Measured at a guided step for 512x512.
  @Test
  void theFullSizeUNetIsKnown() {
    double peak = 288.3e6;
    long needed = Memory.unetBytes(UNetConfig.of(Config.parse("v1.4", "{}")), 2, 77, 64, 64);
    assertThat((double) needed).isBetween(peak, 2 * peak);
  }

  @ParameterizedTest
  @CsvSource({"1048576, 1048576", "2147483640, 2147483640", "2147483640, 8"})
  void whatIsTooLargeToCountIsNotNegative(int height, int width) {
    var v1 = Config.parse("v1.4", "{}");
    var job = new Job(List.of(new Job.Image("", "", 1)), 1, 5, width, height, "", 0);
    assertThatThrownBy(() -> Memory.check(UNetConfig.of(v1), VaeConfig.of(v1), job, 77))
        .isInstanceOf(HubbleException.OutOfMemory.class);
  }
}
