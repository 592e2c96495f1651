// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

/// What a GPU can run, as NVIDIA numbers it: an H100 is 9.0.
record Capability(int major, int minor) {
  @Override
  public String toString() {
    return major + "." + minor;
  }
}
