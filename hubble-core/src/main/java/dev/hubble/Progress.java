// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.awt.image.BufferedImage;
import java.util.List;

/// Hears how a picture comes along. Called on the thread that computes: return quickly.
@FunctionalInterface
public interface Progress {
  /// Ignores everything.
  Progress NONE = event -> {};

  /// Something happened.
  void on(Event event);

  /// What happened.
  sealed interface Event {
    /// The texts are encoded and the noise is drawn; `calls` UNet calls will follow.
    ///
    /// @param calls how many UNet calls there will be
    /// @param negative how the negative prompt was read
    /// @param prompt how the prompt was read
    /// @param text the text encoder's output for both, `[2,77,C]`, the negative prompt first; a
    ///   multiple of 77 where a text is read in chunks
    /// @param noise the initial latents, `[N,4,h,w]`
    record Started(int calls, Tokens negative, Tokens prompt, Values text, Values noise)
        implements Event {}

    /// UNet call `call` of `calls` (counted from 1) is done.
    ///
    /// @param latents the latents after it, `[N,4,h,w]`
    /// @param preview what the pictures are becoming
    record Step(int call, int calls, Values latents, Preview preview) implements Event {}

    /// All steps are done and the latents are being decoded to pixels.
    record Decoding() implements Event {}

    /// The pictures are there.
    ///
    /// @param images `[N,H,W,3]`, from 0 to 1
    record Decoded(Values images) implements Event {}
  }

  /// Numbers, row-major in PyTorch's layout, that are copied out only when asked for, and only
  /// during the call of [#on].
  interface Values {
    /// The numbers.
    float[] values();

    /// The sizes along the axes.
    List<Integer> shape();
  }

  /// What the pictures of a run are becoming: what the UNet's last answer says is below the noise.
  /// Computed only when asked for, and only during the call of [#on]; drawing goes on afterwards as
  /// if nobody had asked.
  interface Preview {
    /// The pictures in rough colours, one pixel for each 8x8 of the result: a weighted sum of the
    /// latents, which costs next to nothing.
    List<BufferedImage> rough();

    /// The pictures in full, which takes as long as the end of a run: the VAE decodes them.
    List<BufferedImage> decoded();
  }
}
