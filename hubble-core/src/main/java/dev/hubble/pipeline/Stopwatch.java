// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.jfr.StageEvent;
import java.util.ArrayList;
import java.util.List;

/// Milliseconds per stage of one run; the Flight Recorder hears of each stage, too.
public final class Stopwatch {
  private long last = System.nanoTime();
  private double text;
  private final List<Double> unet = new ArrayList<>();
  private double vae;

  // Which stage began with the last lap shows when it ends: one of these is committed.
  private StageEvent.Text textEvent = new StageEvent.Text();
  private StageEvent.UNetCall unetEvent = new StageEvent.UNetCall();
  private StageEvent.VaeDecode vaeEvent = new StageEvent.VaeDecode();

  Stopwatch() {
    begin();
  }

  private void begin() {
    textEvent = new StageEvent.Text();
    unetEvent = new StageEvent.UNetCall();
    vaeEvent = new StageEvent.VaeDecode();
    textEvent.begin();
    unetEvent.begin();
    vaeEvent.begin();
  }

  private double lap() {
    long now = System.nanoTime();
    double ms = (now - last) / 1e6;
    last = now;
    begin();
    return ms;
  }

  void text() {
    textEvent.commit();
    text += lap();
  }

  void unetCall() {
    unetEvent.done(unet.size() + 1);
    unet.add(lap());
  }

  /// What the VAE did, at the end or between two passes.
  void vae() {
    vaeEvent.commit();
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
