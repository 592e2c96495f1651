// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Padding;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The reference backend against answers worked out by hand, since all else is held against it.
final class KnownAnswersTest {
  private final ReferenceOps ops = new ReferenceOps();

  @AfterEach
  void close() {
    ops.close();
  }

  @Test
  void linear() {
    var x = ops.upload(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    var w = ops.linearWeight(HostTensor.of(new float[] {1, 0, -1, 2, 1, 0}, 2, 3));
    assertThat(ops.linear(x, w, ops.upload(new float[] {10, 20}, 2)).toArray())
        .containsExactly(8, 24, 8, 33);
  }

  @Test
  void convolutionIsACorrelationWithZerosAround() {
    // 1 2 3 / 4 5 6 / 7 8 9 under 0 1 2 / 3 4 5 / 6 7 8; the corner is 1·4 + 2·5 + 4·7 + 5·8.
    var x = ops.upload(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 1, 3, 3, 1);
    var w = ops.convWeight(HostTensor.of(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8}, 1, 1, 3, 3));
    var b = ops.upload(new float[1], 1);
    assertThat(ops.conv2d(x, w, b, 1, Padding.SAME).toArray())
        .containsExactly(82, 133, 90, 159, 240, 153, 82, 115, 66);
    assertThat(ops.conv2d(x, w, b, 2, Padding.SAME).toArray()).containsExactly(82, 90, 82, 66);
    // The filter's corner on pixel (0,0): 1·0 + 2·1 + … + 9·8.
    assertThat(ops.conv2d(x, w, b, 2, Padding.BOTTOM_RIGHT).toArray()).containsExactly(240);
  }

  @Test
  void convolutionMixesChannels() {
    var x = ops.upload(new float[] {1, 10}, 1, 1, 1, 2);
    var w = ops.convWeight(HostTensor.of(new float[] {1, 2, 3, 4}, 2, 2, 1, 1));
    assertThat(ops.conv2d(x, w, ops.upload(new float[] {0, 100}, 2), 1, Padding.SAME).toArray())
        .containsExactly(21, 143);
  }

  @Test
  void groupNorm() {
    // Channels (0,1) hold 1,3,5,7: mean 4, variance 5. Channels (2,3) hold 0,0,2,2: mean 1,
    // variance 1.
    var x = ops.upload(new float[] {1, 3, 0, 2, 5, 7, 0, 2}, 1, 2, 4);
    var gamma = ops.upload(new float[] {1, 1, 1, 2}, 4);
    var beta = ops.upload(new float[] {0, 0, 0, 10}, 4);
    float s = (float) (1 / Math.sqrt(5));
    assertThat(ops.groupNorm(x, gamma, beta, 2, 0).toArray())
        .containsExactly(new float[] {-3 * s, -s, -1, 12, s, 3 * s, -1, 12}, within(1e-6f));
  }

  @Test
  void layerNorm() {
    var x = ops.upload(new float[] {1, 3, 10, 30}, 2, 2);
    var one = ops.upload(new float[] {1, 1}, 2);
    var zero = ops.upload(new float[] {0, 0}, 2);
    assertThat(ops.layerNorm(x, one, zero, 0).toArray())
        .containsExactly(new float[] {-1, 1, -1, 1}, within(1e-6f));
    // Variance 1 and eps 3 make the divisor 2.
    assertThat(ops.layerNorm(ops.slice(x, 0, 1), one, zero, 3).toArray())
        .containsExactly(new float[] {-0.5f, 0.5f}, within(1e-6f));
  }

  @Test
  void attentionWeighsBySoftmax() {
    // Logits ln 3 and 0 (width 1): weights 3/4 and 1/4.
    var q = ops.upload(new float[] {(float) Math.log(3)}, 1, 1, 1);
    var k = ops.upload(new float[] {1, 0}, 1, 2, 1);
    var v = ops.upload(new float[] {8, 4}, 1, 2, 1);
    assertThat(ops.attention(q, k, v, 1, false).toArray())
        .containsExactly(new float[] {7}, within(1e-6f));
    assertThat(ops.attention(q, k, v, 1, true).toArray()).containsExactly(8);
  }

  @Test
  void attentionScalesByTheRootOfTheHeadWidth() {
    // Width 4: q·k = 2 ln 3, over √4 is ln 3 again. The second head sees equal keys.
    float l = (float) (2 * Math.log(3));
    var q = ops.upload(new float[] {l, 0, 0, 0, 1, 1, 1, 1}, 1, 1, 8);
    var k = ops.upload(new float[] {1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1}, 1, 2, 8);
    var v = ops.upload(new float[] {8, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 6, 0, 0, 0}, 1, 2, 8);
    assertThat(ops.attention(q, k, v, 2, false).toArray())
        .containsExactly(new float[] {7, 0, 0, 0, 4, 0, 0, 0}, within(1e-6f));
  }

  @Test
  void activations() {
    float l = (float) Math.log(3);
    // sigmoid(ln 3) = 3/4, sigmoid(-ln 3) = 1/4
    assertThat(ops.silu(ops.upload(new float[] {0, l, -l}, 3)).toArray())
        .containsExactly(new float[] {0, 0.75f * l, -0.25f * l}, within(1e-6f));
    float m = l / 1.702f;
    assertThat(ops.quickGelu(ops.upload(new float[] {0, m, -m}, 3)).toArray())
        .containsExactly(new float[] {0, 0.75f * m, -0.25f * m}, within(1e-6f));
    // The value comes first, the gate second: 2 · 1 · Φ(1) and 3 · (-2) · Φ(-2).
    assertThat(ops.geglu(ops.upload(new float[] {2, 3, 1, -2}, 4)).toArray())
        .containsExactly(new float[] {2 * 0.8413447f, -6 * 0.02275013f}, within(1e-6f));
  }
}
