// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options for a sheet of pictures that differ in one or two things.
final class GridOptions {
  @Option(
      names = "--grid",
      paramLabel = "AXES",
      description = {
        "Draw a sheet of pictures that differ in one or two options:",
        "seed=1..4,guidance=5,7.5 has four columns and two rows."
      })
  private @Nullable String grid;

  @Option(names = "--grid-keep", description = "Keep the single pictures of the grid, too.")
  private boolean keep;

  /// What is asked for; null for no grid.
  @Nullable GridPlan plan() {
    return grid == null ? null : GridPlan.parse(grid);
  }

  /// As it was written.
  String text() {
    return grid == null ? "" : grid;
  }

  boolean keep() {
    return keep;
  }
}
