// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.weights.ComponentFile;
import dev.hubble.weights.Made;
import dev.hubble.weights.StoredType;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.TorchCheckpoints;
import dev.hubble.weights.WeightFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What valid files hold.
class CheckpointTest {
  @TempDir Path folder;

  private static TensorStore read(PickleWriter pickle, int... storages) {
    return TorchCheckpoints.read("made", ZipWriter.checkpoint(pickle.end(), storages));
  }

  private static float[] floats(TensorStore store, String name) {
    return Made.floats(Made.tensor(store, name));
  }

  @Test
  void tensorsShareAStorage() {
    var pickle =
        PickleWriter.start()
            .ops("}(")
            .text("whole")
            .floats("0", 12)
            .text("tail")
            .tensor("FloatStorage", "0", 12, 9, new long[] {3}, new long[] {1})
            .text("scalar")
            .tensor("FloatStorage", "0", 12, 5, new long[0], new long[0])
            .text("nothing")
            .tensor("FloatStorage", "0", 12, 12, new long[] {0, 4}, new long[] {4, 1})
            .ops("u");
    try (var store = read(pickle, 12)) {
      assertThat(store.names()).containsExactly("whole", "tail", "scalar", "nothing");
      assertThat(floats(store, "whole")).hasSize(12).startsWith(0, 1).endsWith(10, 11);
      assertThat(floats(store, "tail")).containsExactly(9, 10, 11);
      assertThat(floats(store, "scalar")).containsExactly(5);
      assertThat(Made.tensor(store, "scalar").shape()).isEmpty();
      assertThat(floats(store, "nothing")).isEmpty();
    }
  }

  @Test
  void viewsAreGatheredByTheirStrides() {
    var pickle =
        PickleWriter.start()
            .ops("}(")
            .text("transposed")
            .tensor("FloatStorage", "0", 12, 0, new long[] {4, 3}, new long[] {1, 4})
            .text("columns")
            .tensor("FloatStorage", "0", 12, 1, new long[] {3, 2}, new long[] {4, 1})
            .text("permuted")
            .tensor("FloatStorage", "0", 12, 0, new long[] {2, 2, 3}, new long[] {1, 6, 2})
            .text("flat")
            .tensor("FloatStorage", "0", 12, 0, new long[] {1, 12, 1}, new long[] {77, 1, 99})
            .ops("u");
    try (var store = read(pickle, 12)) {
      assertThat(floats(store, "transposed")).containsExactly(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
      assertThat(floats(store, "columns")).containsExactly(1, 2, 5, 6, 9, 10);
      assertThat(floats(store, "permuted")).containsExactly(0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11);
      assertThat(floats(store, "flat")).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
      for (var name : new String[] {"transposed", "columns", "permuted"}) {
        float[] all = floats(store, name);
        for (int from = 0; from < all.length; from++) {
          for (int count = 0; count <= all.length - from; count++) {
            float[] part = new float[count + 1];
            Made.tensor(store, name).read(from, part, 1, count);
            for (int i = 0; i < count; i++) {
              assertThat(part[i + 1]).isEqualTo(all[from + i]);
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "DoubleStorage, F64, 8",
    "FloatStorage, F32, 4",
    "HalfStorage, F16, 2",
    "BFloat16Storage, BF16, 2",
    "LongStorage, I64, 8",
    "IntStorage, I32, 4",
    "ShortStorage, I16, 2",
    "CharStorage, I8, 1",
    "ByteStorage, U8, 1",
    "BoolStorage, BOOL, 1",
    "ComplexFloatStorage, C64, 8"
  })
  void everyKindOfStorageHasItsType(String storage, StoredType type, int width) {
    var pickle =
        PickleWriter.start()
            .ops("}")
            .text("a")
            .tensor(storage, "0", 3, 1, new long[] {2}, new long[] {1})
            .ops("s");
    byte[] file =
        new ZipWriter()
            .stored("x/data.pkl", pickle.end())
            .stored("x/data/0", new byte[3 * width])
            .end();
    try (var store = TorchCheckpoints.read("made", file)) {
      assertThat(Made.tensor(store, "a").type()).isEqualTo(type);
      assertThat(Made.tensor(store, "a").size()).isEqualTo(2);
    }
  }

  @Test
  void aNewerTypeComesWithAnUntypedStorage() {
    var pickle =
        PickleWriter.start()
            .ops("}")
            .text("a")
            .global("torch._utils", "_rebuild_tensor_v3")
            .ops("((")
            .text("storage")
            .global("torch.storage", "UntypedStorage")
            .text("0")
            .text("cpu")
            .number(8)
            .ops("tQ")
            .number(2)
            .numbers(2)
            .numbers(1)
            .op(0x89)
            .global("collections", "OrderedDict")
            .ops(")R")
            .global("torch", "uint16")
            .ops("tRs");
    byte[] file =
        new ZipWriter()
            .stored("x/data.pkl", pickle.end())
            .stored("x/data/0", Made.bytes(2, 7, 8, 9, 65535))
            .end();
    try (var store = TorchCheckpoints.read("made", file)) {
      assertThat(Made.integers(Made.tensor(store, "a"))).containsExactly(9, 65535);
    }
  }

  @Test
  void parametersAndTheStateOfATableAreTakenForWhatTheyAre() {
    var pickle =
        PickleWriter.start()
            .global("collections", "OrderedDict")
            .ops(")R(")
            .text("w")
            .global("torch._utils", "_rebuild_parameter")
            .op('(')
            .floats("0", 2)
            .op(0x88)
            .global("collections", "OrderedDict")
            .ops(")RtRu}")
            .text("_metadata")
            .ops("}sb");
    try (var store = read(pickle, 2)) {
      assertThat(store.names()).containsExactly("w");
      assertThat(floats(store, "w")).containsExactly(0, 1);
    }
  }

  @Test
  void aTrainersAffairsArePassedOver() {
    var pickle =
        PickleWriter.start()
            .ops("}(")
            .text("epoch")
            .number(3)
            .text("callbacks")
            .ops("}(")
            .global("lightning.callbacks", "ModelCheckpoint")
            .ops("}u")
            .text("optimizer")
            .global("numpy.core.multiarray", "_reconstruct")
            .ops("(tR}b")
            .text("broken")
            .tensor("FloatStorage", "none", 1, 0, new long[] {1}, new long[] {1})
            .text("state_dict")
            .ops("}")
            .text("state_dict")
            .ops("}")
            .text("w.x")
            .floats("0", 1)
            .ops("ssu");
    try (var store = read(pickle, 1)) {
      assertThat(store.names()).containsExactly("w.x");
    }
  }

  @Test
  void newerProtocolsSayTheSameInOtherWords() {
    var plain =
        new PickleWriter()
            .op(0x80)
            .op(5)
            .op(0x95)
            .raw(Made.bytes(8, 12345))
            .ops("}")
            .op(0x94)
            .op(0x8c)
            .op(1)
            .ops("w")
            .op(0x94)
            .op(0x8c)
            .op(12)
            .ops("torch._utils")
            .op(0x8d)
            .raw(Made.bytes(8, 18))
            .ops("_rebuild_tensor_v2")
            .op(0x93)
            .op(0x94)
            .op('(')
            .storage("FloatStorage", "0", 2)
            .view(0, new long[] {2}, new long[] {1})
            .ops("s");
    try (var store = read(plain, 2)) {
      assertThat(floats(store, "w")).containsExactly(0, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anArchiveThatWasZippedAgainIsUnpacked(boolean zip64) {
    var pickle =
        PickleWriter.start()
            .ops("}(")
            .text("a")
            .floats("0", 3000)
            .text("t")
            .tensor("FloatStorage", "0", 3000, 0, new long[] {2, 1500}, new long[] {1, 2})
            .text("b")
            .floats("1", 2)
            .ops("u");
    byte[] file =
        new ZipWriter()
            .deflated("some/where/data.pkl", pickle.end())
            .deflated("some/where/data/0", ZipWriter.counting(3000))
            .deflated("some/where/data/1", ZipWriter.counting(2))
            .end(zip64);
    try (var store = TorchCheckpoints.read("made", file)) {
      assertThat(floats(store, "a")).hasSize(3000).startsWith(0, 1, 2).endsWith(2999);
      assertThat(floats(store, "b")).containsExactly(0, 1);
      assertThat(floats(store, "t")).hasSize(3000).startsWith(0, 2, 4).endsWith(2997, 2999);
    }
  }

  @Test
  void theByteOrderMustBeOurs() {
    byte[] pickle = PickleWriter.start().ops("}").text("a").floats("0", 1).ops("s").end();
    for (var order : new String[] {"little", "big"}) {
      byte[] file =
          new ZipWriter()
              .stored("m/data.pkl", pickle)
              .stored("m/data/0", new byte[4])
              .stored("m/byteorder", order.getBytes(StandardCharsets.US_ASCII))
              .end();
      if (order.equals("little")) {
        TorchCheckpoints.read("made", file).close();
      } else {
        Made.fails(() -> TorchCheckpoints.read("made", file), "made", "byte order");
      }
    }
  }

  @Test
  void shardsAndWholeFilesAreFoundByTheirNames() throws IOException {
    byte[] first =
        ZipWriter.checkpoint(
            PickleWriter.start().ops("}").text("a").floats("0", 1).ops("s").end(), 1);
    byte[] second =
        ZipWriter.checkpoint(
            PickleWriter.start().ops("}").text("b").floats("0", 2).ops("s").end(), 2);
    Files.write(folder.resolve("pytorch_model-00001-of-00002.bin"), first);
    Files.write(folder.resolve("pytorch_model-00002-of-00002.bin"), second);
    Files.writeString(
        folder.resolve("pytorch_model.bin.index.json"),
        "{\"weight_map\":{\"a\":\"pytorch_model-00001-of-00002.bin\",\"b\":\"pytorch_model-00002-of-00002.bin\"}}");
    try (var store = ComponentFile.find(folder, "model").open()) {
      assertThat(store.names()).containsExactly("a", "b");
      assertThat(floats(store, "b")).containsExactly(0, 1);
    }
    try (var store = WeightFile.open(folder.resolve("pytorch_model-00001-of-00002.bin"))) {
      assertThat(store.names()).containsExactly("a");
      store.close();
      Made.fails(() -> floats(store, "a"), "closed");
    }
  }

  @Test
  void theFormBefore1Point6() {
    byte[] file = OldWriter.file();
    try (var store = TorchCheckpoints.read("made", file)) {
      assertThat(store.names()).containsExactly("a", "part");
      assertThat(floats(store, "a")).containsExactly(0, 1, 2, 3);
      assertThat(floats(store, "part")).containsExactly(2, 3);
    }
    for (int length = 0; length < file.length; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      Made.fails(() -> TorchCheckpoints.read("made", cut), "made");
    }
    Made.fails(
        () -> TorchCheckpoints.read("made", Arrays.copyOf(file, file.length + 1)),
        "made",
        "follow");
  }
}
