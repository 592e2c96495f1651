// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

/// How long to fuzz: `-Dhubble.fuzz.runs=1000000` for a million executions of each test that asks
/// here.
public final class Fuzz {
  private Fuzz() {}

  /// The executions that were asked for, or as many as a normal build can afford.
  public static long runs(long otherwise) {
    return Long.getLong("hubble.fuzz.runs", otherwise);
  }
}
