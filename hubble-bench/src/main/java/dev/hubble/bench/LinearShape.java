// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// Every distinct matrix product in a guided step at 512x512, and the text encoder's.
@State(Scope.Benchmark)
@NullUnmarked // JMH fills the fields
public class LinearShape {
  /// Rows (pixels or words of both images), outputs, inputs.
  @Param({
    // 64x64: attention projections, feed-forward in and out, shortcuts
    "8192x320x320",
    "8192x2560x320",
    "8192x320x1280",
    "8192x320x640",
    "8192x320x960",
    // 32x32
    "2048x640x640",
    "2048x5120x640",
    "2048x640x2560",
    "2048x640x320",
    "2048x640x960",
    "2048x640x1280",
    "2048x640x1920",
    // 16x16
    "512x1280x1280",
    "512x10240x1280",
    "512x1280x5120",
    "512x1280x640",
    "512x1280x1920",
    "512x1280x2560",
    // 8x8
    "128x1280x1280",
    "128x10240x1280",
    "128x1280x5120",
    "128x1280x2560",
    // keys and values of the prompt, once per picture
    "154x320x768",
    "154x640x768",
    "154x1280x768",
    // text encoder
    "77x768x768",
    "77x3072x768",
    "77x768x3072"
  })
  String shape;

  int rows;
  int out;
  int in;

  @Setup(Level.Trial)
  public void parse() {
    var sizes = shape.split("x", 3);
    rows = Integer.parseInt(sizes[0]);
    out = Integer.parseInt(sizes[1]);
    in = Integer.parseInt(sizes[2]);
  }

  double flops() {
    return 2.0 * rows * out * in;
  }
}
