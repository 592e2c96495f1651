// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.Locale;

/// Whether the VAE works on overlapping tiles that are blended, each as large as the pictures it
/// was trained on: memory then hardly grows with the picture, and the colours of far-away tiles may
/// differ a little.
public enum VaeTiling {
  /// Only if a picture would not fit into memory otherwise.
  AUTO,
  /// For every picture larger than a tile.
  ON,
  /// Never.
  OFF;

  /// Its name on the command line: `auto`.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The choice with that label.
  ///
  /// @throws HubbleException.BadRequest if there is none
  public static VaeTiling of(String label) {
    for (VaeTiling choice : values()) {
      if (choice.label().equalsIgnoreCase(label)) {
        return choice;
      }
    }
    throw new HubbleException.BadRequest(
        "There is no VAE tiling \"%s\"; choose auto, on or off.".formatted(label));
  }
}
