// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// What a test cannot wait for or fill up.
///
/// @param pause waits
/// @param disk knows how much fits
record Surroundings(Pause pause, Disk disk) {
  static final Surroundings REAL =
      new Surroundings(
          duration -> Thread.sleep(duration),
          folder -> Files.getFileStore(folder).getUsableSpace());

  interface Pause {
    void sleep(Duration duration) throws InterruptedException;
  }

  interface Disk {
    long free(Path folder) throws IOException;
  }
}
