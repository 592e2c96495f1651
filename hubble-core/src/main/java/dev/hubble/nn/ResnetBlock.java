// SPDX-License-Identifier: Apache-2.0
package dev.hubble.nn;

import dev.hubble.kernels.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Two normalise-activate-convolve steps around a skip path (He et al., 2015, arXiv:1512.03385).
/// The UNet adds the time step in between; the VAE has none.
///
/// ```
/// x ─┬─ norm1 ─ silu ─ conv1 ─ + ─ norm2 ─ silu ─ conv2 ─ + ─ out
///    │                         └─ time_emb_proj(silu(t))  │
///    └──────────────── conv_shortcut, if the width changes ┘
/// ```
public record ResnetBlock(
    String name,
    GroupNorm norm1,
    Conv2d conv1,
    @Nullable Linear timeEmbProj,
    GroupNorm norm2,
    Conv2d conv2,
    @Nullable Linear convShortcut) {

  /// Reads a block of the VAE.
  public static ResnetBlock load(Params p, int in, int out, int groups, float eps) {
    return load(p, in, out, 0, groups, eps);
  }

  /// Reads a block of the UNet, which takes a time embedding of width `time`.
  public static ResnetBlock load(Params p, int in, int out, int time, int groups, float eps) {
    return new ResnetBlock(
        p.path(),
        GroupNorm.load(p.at("norm1"), in, groups, eps),
        Conv2d.load(p.at("conv1"), in, out),
        time == 0 ? null : Linear.load(p.at("time_emb_proj"), time, out),
        GroupNorm.load(p.at("norm2"), out, groups, eps),
        Conv2d.load(p.at("conv2"), out, out),
        in == out ? null : Linear.load(p.at("conv_shortcut"), in, out));
  }

  /// Runs the block; `time` is the projected time embedding `[N,out]`, null in the VAE.
  public Tensor apply(Tensor x, @Nullable Tensor time) { // [N,H,W,in] -> [N,H,W,out]
    var ops = conv1.ops();
    return ops.scope(() -> {
      var h =
          Chain.apply(
              ops,
              x,
              List.of(
                  norm1::applySilu,
                  y -> time == null ? conv1.apply(y) : conv1.applyAddPerImage(y, time),
                  norm2::applySilu));
      return conv2.applyAdd(h, convShortcut == null ? x : convShortcut.apply(x));
    });
  }

  /// Runs a block of the VAE on an `x` that nobody reads afterwards. Where the width changes `x` is
  /// not the residual, so once the shortcut is computed the normalised `x` can stand in its place:
  /// at the decoder's last level these are a picture's largest tensors.
  public Tensor applyInPlace(Tensor x) {
    var ops = conv1.ops();
    if (convShortcut == null) {
      return apply(x, null);
    }
    return ops.scope(() -> {
      var residual = convShortcut.apply(x);
      var h = Chain.apply(ops, x, List.of(norm1::applySiluInPlace, conv1::apply, norm2::applySilu));
      return conv2.applyAdd(h, residual);
    });
  }
}
