// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
  @TempDir Path folder;

  private static final StoredTensor ONE = MemoryTensors.of("one", new float[] {1}, 1);

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }

  @Test
  void theLayoutIsThatOfTheReferenceWriter() throws IOException {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    tensors.put("b\"\\\n\u0001\u00e9", ONE.as(StoredType.F16));
    tensors.put("a", ONE.as(StoredType.BF16));
    tensors.put("\ud83d\ude00", MemoryTensors.of("s", new float[] {2}));
    tensors.put("\uff5e", MemoryTensors.of("e", new float[0], 0, 3));
    tensors.put("z", MemoryTensors.of("z", new long[] {-1, 5}, 2, 1));
    Path file = folder.resolve("x.safetensors");
    SafetensorsWriter.write(file, tensors, Map.of("k", "v", "format", "pt"));
    String header =
        "{'__metadata__':{'format':'pt','k':'v'},"
            + "'z':{'dtype':'I64','shape':[2,1],'data_offsets':[0,16]},"
            // As UTF-8 sorts them, which UTF-16 does not.
            + "'\uff5e':{'dtype':'F32','shape':[0,3],'data_offsets':[16,16]},"
            + "'\ud83d\ude00':{'dtype':'F32','shape':[],'data_offsets':[16,20]},"
            + "'a':{'dtype':'BF16','shape':[1],'data_offsets':[20,22]},"
            + "'b\\'\\\\\\n\\u0001\u00e9':{'dtype':'F16','shape':[1],'data_offsets':[22,24]}}";
    byte[] expected = Made.file(header, 24);
    int length = expected.length - 8 - 24;
    expected = Made.file(header + " ".repeat(-length & 7), 24);
    byte[] data = new byte[24];
    data[0] = data[1] = data[2] = data[3] = data[4] = data[5] = data[6] = data[7] = -1;
    data[8] = 5;
    data[19] = 0x40;
    data[20] = (byte) 0x80;
    data[21] = 0x3f;
    data[23] = 0x3c;
    System.arraycopy(data, 0, expected, expected.length - 24, 24);
    assertThat(Files.readAllBytes(file)).isEqualTo(expected);
    assertThat(expected.length % 8).isZero();
  }

  @Test
  void aFileMayHoldNothing() throws IOException {
    Path file = folder.resolve("empty.safetensors");
    SafetensorsWriter.write(file, Map.of(), Map.of());
    assertThat(Files.readAllBytes(file)).isEqualTo(Made.file("{}      ", 0));
  }

  @Test
  void anOlderFileIsReplacedEvenWhileItIsReadFrom() throws IOException {
    Path file = folder.resolve("x.safetensors");
    SafetensorsWriter.write(file, Map.of("a", ONE));
    try (TensorStore old = Safetensors.open(file)) {
      SafetensorsWriter.write(file, Map.of("b", Made.tensor(old, "a")));
    }
    try (TensorStore store = Safetensors.open(file)) {
      assertThat(store.names()).containsExactly("b");
      assertThat(Made.floats(Made.tensor(store, "b"))).containsExactly(1);
    }
    assertThat(files()).containsExactly("x.safetensors");
  }

  @Test
  void aFailureLeavesNothingBehindAndTheOlderFileAsItWas() throws IOException {
    Path file = folder.resolve("x.safetensors");
    StoredTensor tooLarge = MemoryTensors.of("big", new float[] {1e30f}, 1).as(StoredType.F16);
    Made.fails(() -> SafetensorsWriter.write(file, Map.of("w", tooLarge)), "\"big\"", "F16");
    assertThat(files()).isEmpty();
    SafetensorsWriter.write(file, Map.of("a", ONE));
    byte[] before = Files.readAllBytes(file);
    Made.fails(() -> SafetensorsWriter.write(file, Map.of("w", tooLarge)), "\"big\"", "F16");
    assertThat(files()).containsExactly("x.safetensors");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void aSourceThatIsClosedMeanwhileLeavesNothingBehind() throws IOException {
    Path file = folder.resolve("source.safetensors");
    SafetensorsWriter.write(file, Map.of("a", ONE));
    TensorStore source = Safetensors.open(file);
    StoredTensor a = Made.tensor(source, "a");
    source.close();
    Path copy = folder.resolve("copy.safetensors");
    Made.fails(() -> SafetensorsWriter.write(copy, Map.of("a", a)), file.toString(), "closed");
    assertThat(files()).containsExactly("source.safetensors");
  }

  @Test
  void whatCannotBeWrittenIsRefused() throws IOException {
    Made.fails(
        () -> SafetensorsWriter.write(folder, Map.of("a", ONE)), folder.toString(), "folder");
    Path nowhere = folder.resolve("no/such/x.safetensors");
    Made.fails(
        () -> SafetensorsWriter.write(nowhere, Map.of("a", ONE)), nowhere.toString(), "no folder");
    Path file = Files.write(folder.resolve("file"), new byte[1]);
    Path below = file.resolve("x.safetensors");
    Made.fails(
        () -> SafetensorsWriter.write(below, Map.of("a", ONE)), below.toString(), "no folder");
    Path tooLong = folder.resolve("x".repeat(250));
    Made.fails(
        () -> SafetensorsWriter.write(tooLong, Map.of("a", ONE)), tooLong.toString(), "written");
    Made.fails(
        () -> SafetensorsWriter.write(Path.of("/proc/x.safetensors"), Map.of("a", ONE)), "written");
    assertThat(files()).containsExactly("file");
  }

  @Test
  void namesThatTheFormatCannotHoldAreRefused() throws IOException {
    Path file = folder.resolve("x.safetensors");
    for (String name : new String[] {"__metadata__", "\ud800", "x\udc00y"}) {
      Made.fails(
          () -> SafetensorsWriter.write(file, Map.of(name, ONE)), file.toString(), "no name");
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void aTensorInMemoryHasAsManyNumbersAsItsShapeSays() {
    assertThatThrownBy(() -> MemoryTensors.of("x", new float[3], 2, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("x");
    assertThatThrownBy(() -> MemoryTensors.of("x", new long[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aTensorInMemoryIsACopy() {
    float[] values = {1, 2};
    StoredTensor tensor = MemoryTensors.of("x", values, 2);
    values[0] = 9;
    assertThat(Made.floats(tensor)).containsExactly(1, 2);
  }
}
