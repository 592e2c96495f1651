// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.weights.Corpus;
import dev.hubble.weights.Fuzz;
import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.TorchCheckpoints;
import dev.hubble.weights.WeightsException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Whatever becomes of a file's bytes, it is refused with a sentence or read to its end.
class TorchFuzzTest {
  private static final byte[] PICKLE =
      PickleWriter.start()
          .ops("}(")
          .text("a.weight")
          .floats("0", 6)
          .put(300)
          .text("a.bias")
          .tensor("FloatStorage", "0", 6, 0, new long[] {3, 2}, new long[] {1, 3})
          .text("callbacks")
          .ops("}(")
          .global("trainer", "Callback")
          .ops(")R")
          .number(1L << 40)
          .get(300)
          .text("x")
          .ops("u")
          .text("c")
          .global("torch._utils", "_rebuild_parameter")
          .op('(')
          .tensor("HalfStorage", "1", 4, 1, new long[] {2}, new long[] {2})
          .op(0x89)
          .ops("NtRu}")
          .text("_metadata")
          .ops("]s")
          .op('b')
          .end();

  private static final byte[] ZIP =
      new ZipWriter()
          .stored("m/data.pkl", PICKLE)
          .stored("m/byteorder", new byte[] {'l', 'i', 't', 't', 'l', 'e'})
          .stored("m/data/0", ZipWriter.counting(6))
          .deflated("m/data/1", new byte[8])
          .end();

  /// Instructions, so that random bytes are not refused at once.
  private static final byte[] OPS =
      "}(()]tRQsuaebNq\0h\0K\1cos\nsystem\n".getBytes(StandardCharsets.UTF_8);

  private static byte[] mutate(byte[] valid, Random random) {
    byte[] file = valid.clone();
    for (int change = random.nextInt(4); change >= 0; change--) {
      int at = random.nextInt(file.length);
      switch (random.nextInt(6)) {
        case 0 -> file[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> file[at] = (byte) random.nextInt(256);
        case 2 -> file[at] = OPS[random.nextInt(OPS.length)];
        case 3 -> {
          int length = random.nextInt(Math.min(24, file.length - at));
          System.arraycopy(valid, random.nextInt(valid.length - length), file, at, length);
        }
        case 4 -> {
          int length = random.nextInt(Math.min(8, file.length - at));
          Arrays.fill(file, at, at + length, (byte) (random.nextBoolean() ? 0 : -1));
        }
        default -> file = random.nextInt(8) == 0 ? Arrays.copyOf(file, at + 1) : file;
      }
    }
    return file;
  }

  private static void fuzz(String name, long seed, byte[] valid, UnaryOperator<byte[]> file) {
    var corpus = Corpus.collect(name);
    Random random = new Random(seed);
    long runs = Fuzz.runs(8_000);
    long refused = 0;
    for (long run = 0; run < runs; run++) {
      byte[] mutant = mutate(valid, random);
      try {
        refused += open(file.apply(mutant), corpus) ? 0 : 1;
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed %d, run %d".formatted(seed, run), e);
      }
    }
    corpus.save();
    System.out.printf("%,d runs from seed %d, %,d refused%n", runs, seed, refused);
    assertThat(refused).isBetween(1L, runs - 1);
  }

  @Test
  void archives() {
    assertThat(open(ZIP, Corpus.collect("zip"))).isTrue();
    fuzz("zip", 1, ZIP, file -> file);
  }

  @Test
  void pickles() {
    fuzz(
        "pickle",
        2,
        PICKLE,
        pickle ->
            new ZipWriter()
                .stored("m/data.pkl", pickle)
                .stored("m/data/0", ZipWriter.counting(6))
                .stored("m/data/1", new byte[8])
                .end());
  }

  @Test
  void instructionsInAnyOrder() {
    Random random = new Random(3);
    fuzz(
        "instructions",
        3,
        PICKLE,
        ignored -> {
          byte[] pickle = new byte[2 + random.nextInt(60)];
          for (int i = 0; i < pickle.length; i++) {
            pickle[i] = OPS[random.nextInt(OPS.length)];
          }
          pickle[pickle.length - 1] = '.';
          byte[] good = PickleWriter.start().ops("}").text("w").floats("0", 6).bytes();
          byte[] both = Arrays.copyOf(good, good.length + 1 + pickle.length);
          both[good.length] = 's';
          System.arraycopy(pickle, 0, both, good.length + 1, pickle.length);
          return ZipWriter.checkpoint(random.nextInt(50) == 0 ? PICKLE : both, 6, 2);
        });
  }

  @Test
  void filesOfTheFormBefore1Point6() {
    assertThat(open(OldWriter.file(), Corpus.collect("old-form"))).isTrue();
    fuzz("old-form", 4, OldWriter.file(), file -> file);
  }

  /// Whether the file is valid; if so, everything in it has been read.
  private static boolean open(byte[] file, Corpus corpus) {
    try (TensorStore store = TorchCheckpoints.read("fuzzed", file)) {
      for (String name : store.names()) {
        readAll(Objects.requireNonNull(store.find(name)));
      }
      return true;
    } catch (WeightsException e) {
      if (!Objects.requireNonNull(e.getMessage()).startsWith("fuzzed")
          || e.getMessage().contains("\n")
          || e.getMessage().length() > 1000) {
        throw e;
      }
      corpus.add(file, e.getMessage());
      return false;
    }
  }

  private static void readAll(StoredTensor tensor) {
    // No view is larger than its storage.
    int size = Math.toIntExact(tensor.size());
    if (tensor.type().isFloat()) {
      tensor.read(0, new float[size], 0, size);
    } else if (tensor.type().isInteger()) {
      tensor.read(0, new long[size], 0, size);
    }
  }
}
