// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import java.io.IOException;

/// Runs the benchmarks.
public final class Main {
  private Main() {}

  public static void main(String[] args) throws IOException {
    org.openjdk.jmh.Main.main(args);
  }
}
