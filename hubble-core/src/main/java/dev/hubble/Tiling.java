// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

/// Along which axes a picture continues on its opposite side, so that copies of it side by side
/// show no seam: wallpaper, textures, panoramas.
public enum Tiling {
  /// None: every edge is an edge.
  NONE(""),
  /// The right edge continues on the left one.
  X("x"),
  /// The bottom continues at the top.
  Y("y"),
  /// Both.
  XY("xy");

  private final String label;

  Tiling(String label) {
    this.label = label;
  }

  /// Its name on the command line: `x`.
  public String label() {
    return label;
  }

  /// Whether the right edge continues on the left one.
  public boolean horizontal() {
    return this == X || this == XY;
  }

  /// Whether the bottom continues at the top.
  public boolean vertical() {
    return this == Y || this == XY;
  }

  /// The tiling along these axes.
  public static Tiling of(boolean horizontal, boolean vertical) {
    return horizontal ? (vertical ? XY : X) : vertical ? Y : NONE;
  }

  /// The tiling with that label.
  ///
  /// @throws HubbleException.BadRequest if there is none
  public static Tiling of(String label) {
    for (Tiling tiling : values()) {
      if (tiling.label.equalsIgnoreCase(label)) {
        return tiling;
      }
    }
    throw new HubbleException.BadRequest(
        "There is no tiling \"%s\"; choose x, y or xy.".formatted(label));
  }
}
