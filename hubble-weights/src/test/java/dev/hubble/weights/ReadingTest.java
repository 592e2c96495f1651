// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static dev.hubble.weights.Made.tensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Opening, reading and closing, besides what the bytes say.
class ReadingTest {
  @TempDir Path folder;

  private Path file(String name) {
    Path file = folder.resolve(name);
    SafetensorsWriter.write(
        file,
        Map.of(
            "f", MemoryTensors.of("f", new float[] {1, 2, 3, 4}, 2, 2),
            "i", MemoryTensors.of("i", new long[] {5, 6, 7, 8}, 4)));
    return file;
  }

  @Test
  void aTensorKnowsItsFile() {
    Path path = file("known.safetensors");
    try (TensorStore store = Safetensors.open(path)) {
      assertThat(store.source()).isEqualTo(path.toString());
      StoredTensor tensor = tensor(store, "f");
      assertThat(tensor.file()).isEqualTo(path.toString());
      assertThat(tensor.name()).isEqualTo("f");
      tensor.shape()[0] = 7;
      assertThat(tensor.shape()).containsExactly(2, 2);
    }
  }

  @ParameterizedTest
  @CsvSource({"-1,0,1", "0,-1,1", "0,0,-1", "0,0,5", "4,0,1", "5,0,0", "1,0,4", "0,3,2"})
  void readsOutsideTheTensorOrTheArrayAreRefused(long offset, int at, int count) {
    try (TensorStore store = Safetensors.open(file("bounds.safetensors"))) {
      StoredTensor floats = tensor(store, "f");
      assertThatThrownBy(() -> floats.read(offset, new float[4], at, count))
          .isInstanceOf(IndexOutOfBoundsException.class);
      StoredTensor integers = tensor(store, "i");
      assertThatThrownBy(() -> integers.read(offset, new long[4], at, count))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void readingNothingAtTheEndIsAllowed() {
    try (TensorStore store = Safetensors.open(file("end.safetensors"))) {
      float[] into = {9};
      tensor(store, "f").read(4, into, 1, 0);
      assertThat(into).containsExactly(9);
    }
  }

  @Test
  void readingAfterCloseIsRefusedForMappedFiles() {
    Path path = file("closed.safetensors");
    TensorStore store = Safetensors.open(path);
    refusesAfterClose(store, path.toString());
  }

  @Test
  void readingAfterCloseIsRefusedForBytes() throws IOException {
    byte[] bytes = Files.readAllBytes(file("closed.safetensors"));
    refusesAfterClose(Safetensors.read("closed bytes", bytes), "closed bytes");
  }

  private static void refusesAfterClose(TensorStore store, String name) {
    StoredTensor floats = tensor(store, "f");
    StoredTensor integers = tensor(store, "i");
    assertThat(Made.floats(floats)).containsExactly(1, 2, 3, 4);
    store.close();
    store.close();
    Made.fails(() -> Made.floats(floats), name, "tensor \"f\"", "closed");
    Made.fails(() -> Made.integers(integers), name, "tensor \"i\"", "closed");
    assertThat(store.names()).containsExactly("i", "f");
  }

  @Test
  void closingWhileOthersReadEndsTheirReadsWithASentence() throws Exception {
    Path path = folder.resolve("race.safetensors");
    StoredTensor source = MemoryTensors.of("x", new float[1 << 18], 1 << 18);
    SafetensorsWriter.write(path, Map.of("x", source, "h", source.as(StoredType.F16)));
    TensorStore store = Safetensors.open(path);
    CountDownLatch reading = new CountDownLatch(4);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<Boolean>> readers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        StoredTensor tensor = tensor(store, i % 2 == 0 ? "x" : "h");
        readers.add(threads.submit(() -> readUntilClosed(tensor, reading)));
      }
      reading.await();
      store.close();
      for (Future<Boolean> reader : readers) {
        assertThat(reader.get()).isTrue();
      }
    }
  }

  private static boolean readUntilClosed(StoredTensor tensor, CountDownLatch reading) {
    Made.floats(tensor);
    reading.countDown();
    WeightsException end =
        Made.fails(
            () -> {
              while (!Thread.currentThread().isInterrupted()) {
                Made.floats(tensor);
              }
            },
            "race.safetensors",
            "closed");
    return end.getMessage().contains(tensor.name());
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "elsewhere a mapped file cannot be cut short")
  void aFileThatIsCutShortWhileItIsOpenEndsTheReadWithASentence() throws IOException {
    StoredTensor source = MemoryTensors.of("x", new float[1 << 20], 1 << 20);
    for (int round = 0; round < 20; round++) {
      Path path = folder.resolve("cut.safetensors");
      SafetensorsWriter.write(path, Map.of("x", source, "h", source.as(StoredType.F16)));
      try (TensorStore store = Safetensors.open(path)) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
          channel.truncate(10_000);
        }
        for (String name : store.names()) {
          StoredTensor tensor = tensor(store, name);
          Made.fails(
              () -> Made.floats(tensor), path.toString(), "tensor \"" + name + "\"", "changed");
        }
      }
    }
  }

  @Test
  void whatIsNoFileIsRefused() {
    Path missing = folder.resolve("missing.safetensors");
    Made.fails(() -> Safetensors.open(missing), missing.toString(), "does not exist");
    Made.fails(() -> Safetensors.open(folder), folder.toString(), "not a file");
    Path device = Path.of("/dev/zero");
    if (Files.exists(device)) {
      Made.fails(() -> Safetensors.open(device), "/dev/zero", "not a file");
    }
  }

  @Test
  void aBfloat16AndAHalfAreReadBitByBit() {
    String header =
        "{'b':{'dtype':'BF16','shape':[65536],'data_offsets':[0,131072]},"
            + "'h':{'dtype':'F16','shape':[65536],'data_offsets':[131072,262144]}}";
    byte[] file = Made.file(header, 262_144);
    int data = file.length - 262_144;
    for (int i = 0; i < 65_536; i++) {
      for (int at : new int[] {data + 2 * i, data + 131_072 + 2 * i}) {
        file[at] = (byte) i;
        file[at + 1] = (byte) (i >> 8);
      }
    }
    TensorStore store = Safetensors.read("all halves", file);
    float[] wide = Made.floats(tensor(store, "b"));
    float[] half = Made.floats(tensor(store, "h"));
    for (int i = 0; i < 65_536; i++) {
      if (Float.floatToIntBits(wide[i]) != Float.floatToIntBits(Float.intBitsToFloat(i << 16))) {
        assertThat(wide[i]).as("bfloat16 %x", i).isEqualTo(Float.intBitsToFloat(i << 16));
      }
      if (Float.compare(half[i], slowHalf(i)) != 0) {
        assertThat(half[i]).as("half %x", i).isEqualTo(slowHalf(i));
      }
    }
  }

  /// Half precision by its definition.
  private static float slowHalf(int bits) {
    int sign = bits >> 15 == 0 ? 1 : -1;
    int exponent = (bits >> 10) & 31;
    int fraction = bits & 1023;
    if (exponent == 31) {
      return fraction == 0 ? sign * Float.POSITIVE_INFINITY : Float.NaN;
    }
    return exponent == 0
        ? sign * (float) Math.scalb((double) fraction, -24)
        : sign * (float) Math.scalb(1024.0 + fraction, exponent - 25);
  }

  @Test
  void aDoubleIsRounded() {
    String header = "{'d':{'dtype':'F64','shape':[3],'data_offsets':[0,24]}}";
    byte[] data =
        Made.bytes(
            8,
            Double.doubleToLongBits(1 + 0x1p-25),
            Double.doubleToLongBits(1e300),
            Double.doubleToLongBits(0.1));
    byte[] file = Made.file(header.replace('\'', '"').getBytes(StandardCharsets.UTF_8), data);
    assertThat(Made.floats(tensor(Safetensors.read("doubles", file), "d")))
        .containsExactly(1f, Float.POSITIVE_INFINITY, 0.1f);
  }
}
