// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/// The one vector width of this JVM, as constants, which is what the compiler needs to turn vector
/// operations into instructions.
final class Species {
  static final VectorSpecies<Float> FLOAT = choose();
  static final VectorSpecies<Integer> INT =
      switch (FLOAT.vectorBitSize()) {
        case 512 -> IntVector.SPECIES_512;
        case 256 -> IntVector.SPECIES_256;
        default -> IntVector.SPECIES_128;
      };
  static final int LANES = FLOAT.length();

  /// Vectors in a wide panel. A tile of 6 rows needs 6 registers for each, plus this many for the
  /// weights and one for x: 29 of the 32 of AVX-512 and of ARM, 15 of the 16 of older x86.
  static final int VECTORS = LANES == 16 || isArm() ? 4 : 2;

  static final int PANEL = VECTORS * LANES;

  private Species() {}

  private static boolean isArm() {
    return System.getProperty("os.arch", "").equals("aarch64");
  }

  private static VectorSpecies<Float> choose() {
    int preferred = Math.min(512, FloatVector.SPECIES_PREFERRED.vectorBitSize());
    var forced = System.getProperty("hubble.vector.bits");
    var bits = forced == null ? String.valueOf(preferred) : forced;
    var species =
        switch (bits) {
          case "512" -> FloatVector.SPECIES_512;
          case "256" -> FloatVector.SPECIES_256;
          case "128" -> FloatVector.SPECIES_128;
          default ->
              throw new IllegalArgumentException(
                  "hubble.vector.bits is " + bits + "; it must be 512, 256, 128 or 0");
        };
    if (species.vectorBitSize() > preferred) {
      throw new IllegalArgumentException(
          "hubble.vector.bits is " + bits + ", but this processor's vectors have " + preferred);
    }
    return species;
  }
}
