// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.List;
import java.util.Map;

/// What a model is, read from its configuration and the headers of its weight files, without
/// loading it.
///
/// @param name the hub id, the folder or `hubble-mini`
/// @param hash 10 hexadecimal digits that depend on the weights alone
/// @param components tokenizer, text encoder, UNet, VAE
/// @param scheduler the class in `scheduler_config.json`: `PNDMScheduler`
/// @param width the width in pixels that the model was trained at
/// @param height the height in pixels that the model was trained at
public record ModelInfo(
    String name, String hash, List<Component> components, String scheduler, int width, int height) {

  /// One component.
  ///
  /// @param name `unet`
  /// @param className `UNet2DConditionModel`
  /// @param file the weight file
  /// @param tensors how many tensors it holds
  /// @param parameters how many numbers, buffers not counted
  /// @param dtypes how many tensors there are of each type: `F16 -> 686`
  /// @param bytes of the weight data
  public record Component(
      String name,
      String className,
      String file,
      int tensors,
      long parameters,
      Map<String, Integer> dtypes,
      long bytes) {}
}
