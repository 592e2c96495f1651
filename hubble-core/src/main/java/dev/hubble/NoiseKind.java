// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

/// Whose noise a seed stands for. The two have nothing in common; both are in use, so a seed that
/// someone publishes means either of them.
public enum NoiseKind {
  /// That of PyTorch's CPU generator: diffusers with `torch.Generator("cpu")`, bit for bit.
  TORCH_CPU("torch-cpu"),

  /// That of PyTorch's generator on NVIDIA GPUs: diffusers with `torch.Generator("cuda")`, and
  /// AUTOMATIC1111's web UI.
  TORCH_CUDA("torch-cuda");

  private final String label;

  NoiseKind(String label) {
    this.label = label;
  }

  /// Its name on the command line: `torch-cpu`.
  public String label() {
    return label;
  }

  /// The kind with that label.
  ///
  /// @throws HubbleException.BadRequest if there is none
  public static NoiseKind of(String label) {
    for (NoiseKind kind : values()) {
      if (kind.label.equalsIgnoreCase(label)) {
        return kind;
      }
    }
    throw new HubbleException.BadRequest(
        "There is no noise \"%s\"; choose torch-cpu or torch-cuda.".formatted(label));
  }
}
