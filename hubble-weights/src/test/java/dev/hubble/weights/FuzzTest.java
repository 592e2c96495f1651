// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever becomes of a file's bytes, it is refused with a sentence or read to its end.
class FuzzTest {
  private static final Corpus CORPUS = Corpus.collect("safetensors");

  private static final long ROUNDS = Fuzz.runs(3000);

  private static final byte[] VALID =
      Made.file(
          "{'__metadata__':{'format':'pt'},"
              + "'a.weight':{'dtype':'F32','shape':[2,3],'data_offsets':[0,24]},"
              + "'b.bias':{'dtype':'I64','shape':[1],'data_offsets':[24,32]},"
              + "'c':{'dtype':'F16','shape':[2,1,2],'data_offsets':[32,40]},"
              + "'d':{'dtype':'BF16','shape':[],'data_offsets':[40,42]},"
              + "'e':{'dtype':'F8_E5M2','shape':[0],'data_offsets':[42,42]}}  ",
          42);

  private static final String SPELLING = "{}[]\",:'\\0123456789eE-.+ \n\tnulltruefalseFIU\u0000";

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void flippedBits(long seed) {
    Random random = new Random(seed);
    int refused = 0;
    for (long round = 0; round < ROUNDS; round++) {
      byte[] file = VALID.clone();
      for (int flips = random.nextInt(4); flips >= 0; flips--) {
        file[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
      }
      refused += open(file) ? 0 : 1;
    }
    assertBothHappened(refused);
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 6, 7, 8})
  void otherCharactersInTheHeader(long seed) {
    Random random = new Random(seed);
    int refused = 0;
    for (long round = 0; round < ROUNDS; round++) {
      byte[] file = VALID.clone();
      for (int changes = random.nextInt(3); changes >= 0; changes--) {
        int at = 8 + random.nextInt(file.length - 8 - 42);
        file[at] = (byte) SPELLING.charAt(random.nextInt(SPELLING.length()));
      }
      refused += open(file) ? 0 : 1;
    }
    assertBothHappened(refused);
  }

  @ParameterizedTest
  @ValueSource(longs = {9, 10})
  void piecesMovedAndCutOut(long seed) {
    Random random = new Random(seed);
    int refused = 0;
    for (long round = 0; round < ROUNDS; round++) {
      byte[] file = VALID.clone();
      int from = random.nextInt(file.length);
      int length = random.nextInt(Math.min(20, file.length - from));
      int to = random.nextInt(file.length - length);
      System.arraycopy(VALID, from, file, to, length);
      refused += open(file) ? 0 : 1;
    }
    assertBothHappened(refused);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void everyTruncationAndExtension(int more) {
    for (int length = 0; length < VALID.length; length++) {
      byte[] cut = Arrays.copyOf(VALID, length);
      assertThat(open(cut)).as("cut to %d bytes", length).isFalse();
    }
    assertThat(open(Arrays.copyOf(VALID, VALID.length + more))).isEqualTo(more == 0);
  }

  @AfterAll
  static void keep() {
    CORPUS.save();
  }

  private static void assertBothHappened(int refused) {
    assertThat(refused).isBetween(1, (int) Math.min(Integer.MAX_VALUE, ROUNDS - 1));
  }

  /// Whether the file is valid; if so, everything in it has been read.
  private static boolean open(byte[] file) {
    try (TensorStore store = Safetensors.read("fuzzed", file)) {
      for (String name : store.names()) {
        readAll(Made.tensor(store, name));
      }
      return true;
    } catch (WeightsException e) {
      if (!e.getMessage().startsWith("fuzzed") || e.getMessage().contains("\n")) {
        throw e;
      }
      CORPUS.add(file, e.getMessage());
      return false;
    }
  }

  private static void readAll(StoredTensor tensor) {
    if (tensor.type().isFloat()) {
      Made.floats(tensor);
    } else if (tensor.type().isInteger() && tensor.type() != StoredType.U64) {
      Made.integers(tensor);
    }
  }
}
