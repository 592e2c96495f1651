// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import java.util.ArrayList;
import java.util.List;

/// Milliseconds per stage of one run.
public final class Stopwatch {
  private long last = System.nanoTime();
  private double text;
  private final List<Double> unet = new ArrayList<>();
  private double vae;

  private double lap() {
    long now = System.nanoTime();
    double ms = (now - last) / 1e6;
    last = now;
    return ms;
  }

  void text() {
    text += lap();
  }

  void unetCall() {
    unet.add(lap());
  }

  /// What the VAE did, at the end or between two passes.
  void vae() {
    vae += lap();
  }

  /// Tokenising, encoding the texts and preparing what stays the same over the steps.
  public double textMillis() {
    return text;
  }

  /// Each UNet call with its scheduler step.
  public List<Double> unetMillis() {
    return List.copyOf(unet);
  }

  /// Decoding all pictures.
  public double vaeMillis() {
    return vae;
  }
}
