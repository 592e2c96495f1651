// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.weights.StoredTensor;
import org.junit.jupiter.api.Test;

/// The expected numbers come from a NumPy program for the same formula.
class FormulaTest {
  @Test
  void namesHashAsFnv1aSays() {
    assertThat(Formula.hash("")).isEqualTo(0xCBF29CE484222325L);
    assertThat(Formula.hash("unet/conv_in.weight")).isEqualTo(0xB4A5CA5C0D150196L);
  }

  @Test
  void uniformNumbersAreExact() {
    assertThat(Formula.uniform("input/latents", 3))
        .containsExactly(0x1.369774p-1f, -0x1.a515b8p-2f, 0x1.dd8e1p-1f);
  }

  @Test
  void filtersSpreadWithTheirFanIn() {
    var tensor = find(FormulaWeights.unet(), "conv_in.weight");
    assertThat(read(tensor, 0, 3)).containsExactly(0x1.25b2dp-4f, -0x1.6228c6p-7f, 0x1.ea8274p-3f);
    assertThat(read(tensor, 11518, 2)).containsExactly(0x1.f09cdap-3f, -0x1.20486ap-3f);
  }

  @Test
  void normsScaleAroundOneAndShiftAroundZero() {
    assertThat(read(find(FormulaWeights.unet(), "conv_norm_out.weight"), 318, 2))
        .containsExactly(0x1.284222p+0f, 0x1.be41a8p-1f);
    assertThat(read(find(FormulaWeights.unet(), "conv_norm_out.bias"), 0, 3))
        .containsExactly(-0x1.6dde9ap-8f, -0x1.269cbap-4f, 0x1.12573cp-4f);
  }

  @Test
  void embeddingsHaveASpreadOfTheirOwn() {
    var name = "text_model.embeddings.token_embedding.weight";
    var tensor = find(FormulaWeights.textEncoder(), name);
    assertThat(read(tensor, 0, 3)).containsExactly(0x1.b206aep-3f, 0x1.11fbb8p-5f, 0x1.b63b7ap-4f);
    assertThat(read(tensor, 49408L * 768 - 2, 2)).containsExactly(-0x1.29e03ep-5f, -0x1.343fcp-4f);
  }

  @Test
  void readingPiecewiseGivesTheSameNumbers() {
    var tensor = find(FormulaWeights.vae(), "decoder.up_blocks.3.resnets.2.conv2.weight");
    float[] whole = read(tensor, 0, 147456);
    float[] pieces = new float[147456];
    for (int i = 0; i < pieces.length; i += 1000) {
      tensor.read(i, pieces, i, Math.min(1000, pieces.length - i));
    }
    assertThat(pieces).containsExactly(whole);
    assertThat(whole[147455]).isEqualTo(-0x1.590756p-5f);
  }

  @Test
  void readingPastTheEndIsRefused() {
    var tensor = find(FormulaWeights.unet(), "conv_norm_out.bias");
    assertThatThrownBy(() -> read(tensor, 319, 2)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static StoredTensor find(FormulaWeights weights, String name) {
    return requireNonNull(weights.find(name));
  }

  private static float[] read(StoredTensor tensor, long offset, int count) {
    float[] into = new float[count];
    tensor.read(offset, into, 0, count);
    return into;
  }
}
