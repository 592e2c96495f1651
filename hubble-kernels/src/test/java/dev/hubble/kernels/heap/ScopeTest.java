// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.heap;

import static dev.hubble.kernels.Numbers.noise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.TestBackends;
import dev.hubble.kernels.reference.ReferenceOps;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/// Memory: what lives how long, on both heap backends.
@ParameterizedClass
@ValueSource(strings = {"reference", "cpu"})
final class ScopeTest {
  private final HeapOps ops;

  ScopeTest(String device) {
    ops = device.equals("cpu") ? TestBackends.cpu(0, 2) : new ReferenceOps(true);
  }

  @AfterEach
  void close() {
    ops.close();
  }

  @Test
  void aRecycledTensorCannotBeUsed() {
    Tensor x;
    Tensor view;
    try (var _ = ops.openScope()) {
      x = ops.upload(new float[] {1, 2}, 2);
      view = x.reshape(1, 2);
    }
    for (var gone : new Tensor[] {x, view}) {
      assertThatThrownBy(gone::toArray)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("was recycled when its scope ended")
          .hasMessageContaining("Scope.keep");
    }
    assertThat(x.shape().size()).isEqualTo(2);
  }

  @Test
  void keptTensorsMoveOutOneScopeAtATime() {
    Tensor y;
    try (var outer = ops.openScope()) {
      Tensor x;
      try (var inner = ops.openScope()) {
        x = inner.keep(ops.upload(new float[] {1, 2}, 2));
      }
      assertThat(x.toArray()).containsExactly(1, 2);
      y = outer.keep(x);
    }
    try (var _ = ops.openScope()) {
      // Would overwrite y's array, had that been recycled.
      ops.upload(new float[] {7, 7}, 2);
    }
    assertThat(y.toArray()).containsExactly(1, 2);
    assertThat(ops.liveBlocks()).isZero();
  }

  @Test
  void keepingATensorOfAnOuterScopeChangesNothing() {
    Tensor x;
    try (var _ = ops.openScope()) {
      x = ops.upload(new float[] {1, 2}, 2);
      try (var inner = ops.openScope()) {
        assertThat(inner.keep(x)).isSameAs(x);
      }
      assertThat(x.toArray()).containsExactly(1, 2);
    }
    assertThatThrownBy(x::toArray).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aKeptViewKeepsItsArray() {
    try (var _ = ops.openScope()) {
      var part = ops.scope(() -> ops.slice(ops.upload(new float[] {1, 2, 3, 4}, 2, 2), 1, 2));
      ops.scope(() -> ops.upload(new float[] {9, 9, 9, 9}, 4));
      assertThat(part.toArray()).containsExactly(3, 4);
    }
    assertThat(ops.liveBlocks()).isZero();
  }

  @Test
  void aViewOfAnOuterTensorDoesNotRecycleIt() {
    try (var _ = ops.openScope()) {
      var x = ops.upload(new float[] {1, 2}, 2);
      ops.scope(() -> ops.silu(x.reshape(1, 2)));
      ops.scope(() -> ops.upload(new float[] {9, 9}, 2));
      assertThat(x.toArray()).containsExactly(1, 2);
    }
  }

  @Test
  void tensorsOutsideScopesLiveUntilClose() {
    var x = ops.upload(new float[] {1, 2}, 2);
    try (var _ = ops.openScope()) {
      x.reshape(2, 1);
    }
    assertThat(ops.add(x, x).toArray()).containsExactly(2, 4);
    var w = ops.linearWeight(HostTensor.of(new float[4], 2, 2));
    ops.close();
    assertThatThrownBy(x::toArray)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> ops.upload(new float[1], 1)).hasMessageContaining("closed");
    assertThatThrownBy(ops::openScope).hasMessageContaining("closed");
    assertThatThrownBy(() -> ops.linear(x, w, null)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void closingAnOuterScopeEndsTheInnerOnes() {
    var outer = ops.openScope();
    var inner = ops.openScope();
    var x = ops.upload(new float[] {1}, 1);
    outer.close();
    assertThatThrownBy(x::toArray).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> inner.keep(x)).isInstanceOf(IllegalStateException.class);
    inner.close();
    outer.close();
    assertThat(ops.liveBlocks()).isZero();
  }

  @Test
  void anExceptionRecyclesToo() {
    assertThatThrownBy(() ->
            ops.scope(() -> {
              ops.upload(new float[] {1}, 1);
              throw new IllegalStateException("on purpose");
            }))
        .hasMessage("on purpose");
    assertThat(ops.liveBlocks()).isZero();
    assertThat(ops.heldBytes()).isZero();
  }

  @Test
  void stepsReuseTheirMemoryAndLeaveNone() {
    var w = ops.convWeight(HostTensor.of(noise(1, 8 * 8 * 9, 0.1), 8, 8, 3, 3));
    var c = ops.upload(noise(2, 8), 8);
    try (var _ = ops.openScope()) {
      Tensor x = ops.upload(noise(3, 6 * 6 * 8), 1, 6, 6, 8);
      int live = 0;
      long held = 0;
      for (int step = 0; step < 20; step++) {
        var before = x;
        x =
            ops.scope(() -> {
              var h = ops.groupNormSilu(before, c, c, 4, 1e-5f);
              h = ops.conv2dAdd(h, w, c, before);
              var tokens = h.reshape(1, 36, 8);
              tokens = ops.attention(tokens, tokens, tokens, 2, false);
              return ops.conv2d(tokens.reshape(1, 6, 6, 8), w, c, 1, Padding.SAME);
            });
        assertThat(x.toArray()).doesNotContain(Float.NaN);
        if (step >= 1) {
          // One more tensor is kept per step; everything else is reused.
          assertThat(ops.liveBlocks()).isEqualTo(live + 1);
          assertThat(ops.heldBytes()).isEqualTo(held);
        }
        live = ops.liveBlocks();
        held = ops.heldBytes();
      }
    }
    assertThat(ops.liveBlocks()).isZero();
    assertThat(ops.heldBytes()).isZero();
  }

  @Test
  void thePeakIsWhatWasInUseAtOnce() {
    try (var _ = ops.openScope()) {
      ops.upload(new float[96], 96);
      ops.scope(() -> ops.silu(ops.upload(new float[48], 48))); // keeps one of two
      assertThat(ops.peakBytes()).isEqualTo(4 * 192);
      ops.scope(() -> ops.upload(new float[48], 48)); // the other again
      assertThat(ops.peakBytes()).isEqualTo(4 * 192);
    }
    assertThat(ops.peakBytes()).isEqualTo(4 * 192);
    try (var _ = ops.openScope()) {
      assertThat(ops.peakBytes()).isZero();
    }
  }

  @Test
  void whatEndedServesForOtherLengths() {
    try (var _ = ops.openScope()) {
      ops.scope(() -> ops.upload(new float[8191], 8191)); // rounded up to 8192
      long held = ops.heldBytes();
      try (var _ = ops.openScope()) {
        var x = ops.upload(new float[8000], 8000);
        assertThat(x.toArray()).hasSize(8000);
        assertThat(ops.heldBytes()).isEqualTo(held);
      }
      assertThat(ops.peakBytes()).isLessThanOrEqualTo(4L * 2 * 8192);
    }
  }

  @Test
  void whatEndedTakesNoRoomFromOthers() {
    try (var _ = ops.openScope()) {
      ops.scope(() -> ops.upload(new float[96], 96));
      long held = ops.heldBytes();
      for (int n = 96; n > 0; n--) {
        int length = n;
        try (var _ = ops.openScope()) {
          ops.upload(new float[length], length);
        }
      }
      // All of them together would be 4656.
      assertThat(ops.peakBytes()).isEqualTo(4 * 2 * 96);
      assertThat(ops.heldBytes()).isEqualTo(held);
    }
  }

  @Test
  void whatIsKeptBeyondEveryScopeHoldsNothingElse() {
    Tensor x;
    Tensor y;
    try (var scope = ops.openScope(4_000_000)) {
      ops.upload(new float[800_000], 800_000);
      x = ops.upload(new float[] {1, 2, 3, 4}, 4);
      y = scope.keep(x.reshape(2, 2));
      var z = x.reshape(4, 1); // the same numbers, for as long as the scope
      assertThat(z.toArray()).containsExactly(1, 2, 3, 4);
    }
    assertThat(ops.heldBytes()).isZero();
    assertThat(((HeapTensor) y).data()).hasSizeLessThanOrEqualTo(CacheLine.FIRST + 16);
    try (var _ = ops.openScope()) {
      ops.upload(new float[] {9, 9, 9, 9}, 4);
      assertThat(ops.add(y, y).toArray()).containsExactly(2, 4, 6, 8);
    }
    assertThatThrownBy(x::toArray).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aScopeGetsWhatItIsKnownToNeedInOnePiece() {
    try (var _ = ops.openScope(8_000_000)) {
      assertThat(ops.heldBytes()).isEqualTo(8_000_000);
      for (int step = 0; step < 3; step++) {
        try (var _ = ops.openScope()) {
          ops.upload(new float[400_000], 400_000);
          ops.scope(() -> ops.upload(new float[600_000], 600_000));
          ops.scope(() -> ops.silu(ops.upload(new float[300_000], 300_000)));
          assertThat(ops.heldBytes()).isEqualTo(8_000_000);
        }
      }
    }
    assertThat(ops.heldBytes()).isZero();
  }

  @Test
  void moreThanTheHeapHasIsNotGotInOnePiece() {
    try (var _ = ops.openScope(Long.MAX_VALUE)) {
      var x = ops.upload(new float[] {1, 2}, 2);
      assertThat(ops.add(x, x).toArray()).containsExactly(2, 4);
    }
  }

  @Test
  void scopesOfOneThreadCanFollowThoseOfAnother() throws Exception {
    var result = new float[1][];
    var thread =
        Thread.ofPlatform()
            .start(() -> result[0] = ops.scope(() -> ops.upload(new float[] {5}, 1)).toArray());
    thread.join();
    assertThat(result[0]).containsExactly(5);
    assertThat(ops.scope(() -> ops.upload(new float[] {6}, 1)).toArray()).containsExactly(6);
  }
}
