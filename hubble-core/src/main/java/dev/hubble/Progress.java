// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

/// Hears how a picture comes along. Called on the thread that computes: return quickly.
@FunctionalInterface
public interface Progress {
  /// Ignores everything.
  Progress NONE = event -> {};

  /// Something happened.
  void on(Event event);

  /// What happened.
  sealed interface Event {
    /// The texts are encoded; `calls` UNet calls will follow.
    record Started(int calls) implements Event {}

    /// UNet call `call` of `calls` (counted from 1) is done.
    ///
    /// @param latents the latents after this step, copied out on demand
    record Step(int call, int calls, Latents latents) implements Event {}

    /// All steps are done and the latents are being decoded to pixels.
    record Decoding() implements Event {}
  }

  /// The latents of a step, `[N,4,h,w]` row-major as in PyTorch, and the shape.
  interface Latents {
    float[] values();

    int[] shape();
  }
}
