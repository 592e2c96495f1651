// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.StoredType;
import dev.hubble.weights.WeightsException;
import java.util.Objects;

/// A weight of which nothing is stored: reading computes it. Its spread keeps activations near unit
/// variance through the network, as trained weights do, so that rounding errors are realistic too.
final class FormulaTensor implements StoredTensor {
  private final String component;
  private final String name;
  private final long[] shape;
  private final long hash;
  private final double base;
  private final double slope;

  FormulaTensor(String component, String name, long... shape) {
    this.component = component;
    this.name = name;
    this.shape = shape.clone();
    this.hash = Formula.hash(component + "/" + name);
    boolean scale = shape.length == 1 && name.endsWith(".weight"); // of a norm
    this.base = scale ? 1 : 0;
    this.slope = shape.length > 1 ? Math.sqrt(3.0 / fanIn()) : scale ? 0.3 : 0.1;
  }

  private long fanIn() {
    return name.contains("embedding.weight") ? 16 : size() / shape[0];
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String file() {
    return component + " by formula";
  }

  @Override
  public StoredType type() {
    return StoredType.F32;
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  @Override
  public long size() {
    long n = 1;
    for (long d : shape) {
      n *= d;
    }
    return n;
  }

  @Override
  public void read(long offset, float[] into, int at, int count) {
    Objects.checkFromIndexSize(offset, count, size());
    Formula.fill(hash, offset, base, slope, into, at, count);
  }

  @Override
  public void read(long offset, long[] into, int at, int count) {
    throw new WeightsException(file() + ": " + name + " holds no integers");
  }
}
