// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.Backends;
import dev.hubble.kernels.Ops;
import dev.hubble.nn.Observer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The network as published in size and layout, weights by formula, computes what PyTorch computes.
///
/// The small models of hubble-core's tests cannot show what goes wrong at full size only: sums over
/// 23,040 products, 32-bit offsets, memory.
@Tag("full-size")
@RequiresFullSize
class FullSizeTest {
  private static Ops ops;
  private static Expected expected;

  @BeforeAll
  static void open() {
    ops = Backends.open("cpu", Backends.Options.DEFAULT);
    expected = Expected.open();
    System.out.println(ops.description());
  }

  @AfterAll
  static void close() {
    expected.close();
    ops.close();
    System.out.println("peak resident memory: " + Usage.peakMemory());
  }

  @Test
  void textEncoder() {
    try (var _ = ops.openScope()) {
      var encoder = FullSize.textEncoder(ops);
      int[] ids = expected.ints("ids");
      var both =
          ops.batch(
              encoder.apply(Arrays.copyOf(ids, 77), Observer.NONE),
              encoder.apply(Arrays.copyOfRange(ids, 77, 154), Observer.NONE));
      expected.check("text_hidden", both.toArray());
    }
  }

  @Test
  void unet() {
    try (var _ = ops.openScope()) {
      var unet = FullSize.unet(ops);
      var text = ops.upload(expected.floats("text_hidden"), 2, 77, 768);
      var constants = unet.prepare(text, new float[] {981});
      float[] one = Places.channelsLast(expected.floats("latents"), 4, 64 * 64);
      var latents = ops.upload(one, 1, 64, 64, 4);
      Set<String> seen = new HashSet<>();
      var noise =
          unet.apply(
              ops.batch(latents, latents),
              constants,
              0,
              (module, output) -> {
                if (expected.checkBlock(module, output)) {
                  seen.add(module);
                }
              });
      float[] first = noise.toArray();
      expected.check("noise_pred", Places.channelsFirst(first, 2, 64 * 64, 4));
      assertThat(seen).hasSize(11);

      // Once more, compiled and undisturbed, and with what both prompts share computed once.
      var usage = new Usage();
      var again = unet.apply(latents, constants, 0, Observer.NONE).toArray();
      System.out.println("a guided step: " + usage);
      assertThat(again).containsExactly(first);
    }
  }

  @Test
  void vaeDecoder() {
    try (var _ = ops.openScope()) {
      var decoder = FullSize.vaeDecoder(ops);
      // The reference was decoded without the scaling that the decoder undoes first.
      float[] z = Places.channelsLast(expected.floats("z"), 4, 64 * 64);
      var scaled =
          ops.weightedSum(
              new float[] {decoder.config().scalingFactor()}, ops.upload(z, 1, 64, 64, 4));
      var usage = new Usage();
      var image = decoder.apply(scaled, Observer.NONE);
      System.out.println("decoding, not warmed up: " + usage);
      float[] pixels = Places.channelsFirst(image.toArray(), 1, 512 * 512, 3);
      expected.check("decoded.samples", Places.every(97, pixels, Integer.MAX_VALUE));
      expected.check("decoded.mean_std", Places.meanAndDeviation(pixels));
    }
  }
}
