// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.Pointer;

/// A device address as JavaCPP wants it; owns nothing.
final class At extends Pointer {
  At(long address) {
    super((Pointer) null);
    this.address = address;
  }

  /// A stream of that handle.
  static CUstream_st stream(long handle) {
    return new CUstream_st(new At(handle));
  }
}
