// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.weights.Made;
import dev.hubble.weights.TorchCheckpoints;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Archives that are not what PyTorch writes.
class HostileArchivesTest {
  private static final byte[] PICKLE =
      PickleWriter.start().ops("}").text("w").floats("0", 4).ops("s").end();

  private static void refused(byte[] file, String... words) {
    assertThat(Made.fails(() -> TorchCheckpoints.read("made", file), words).getMessage())
        .startsWith("made");
  }

  private static ZipWriter zip() {
    return new ZipWriter().stored("m/data.pkl", PICKLE).stored("m/data/0", new byte[16]);
  }

  private static byte[] name(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void theArchiveItselfIsFine() {
    TorchCheckpoints.read("made", zip().end()).close();
    TorchCheckpoints.read("made", zip().end(/* zip64= */ false)).close();
  }

  @Test
  void everyTruncationIsRefused() {
    byte[] file = zip().end();
    for (int length = 0; length < file.length; length++) {
      refused(Arrays.copyOf(file, length), "PyTorch");
    }
    refused(Arrays.copyOf(file, file.length + 1), "end");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "m/../../x", "/etc/passwd", "m\\x", "m/\u0007", "..", "m/.."})
  void namesThatLeadElsewhereAreRefused(String name) {
    refused(zip().stored(name, new byte[1]).end(), "name");
  }

  @Test
  void entriesDoNotShareBytesOrNames() {
    var twice = zip();
    twice.stored("m/data/0", new byte[16]);
    refused(twice.end(), "twice");
    // Another name in the directory for the bytes of the first entry; the name before them differs.
    var other = zip();
    other.directoryEntry(name("m/data.pkm"), 0, PICKLE.length, PICKLE.length, 0);
    refused(other.end(), "not where");
    // The same bytes within those of another entry.
    byte[] inner = new ZipWriter().stored("x", new byte[8]).end();
    var nested = new ZipWriter().stored("m/data.pkl", PICKLE).stored("m/data/0", inner);
    int at = new String(nested.end(), StandardCharsets.ISO_8859_1).lastIndexOf("PK\3\4");
    nested.directoryEntry(name("x"), 0, 8, 8, at);
    refused(nested.end(), "share");
  }

  @Test
  void entriesLieInTheFile() {
    var before = zip();
    before.directoryEntry(name("x"), 0, 8, 8, 0xFFFF_FFF0L);
    refused(before.end(), "not where");
    byte[] file = zip().end(/* zip64= */ false);
    int directory = new String(file, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(directory + 20, 1_000_000).putInt(directory + 24, 1_000_000);
    refused(file, "does not lie within");
    bytes.putInt(directory + 20, PICKLE.length).putInt(directory + 24, PICKLE.length + 1);
    refused(file, "said to come from");
    bytes.putInt(directory + 24, PICKLE.length).putShort(directory + 8, (short) 1);
    refused(file, "encrypted");
    bytes.putShort(directory + 8, (short) 0).putShort(directory + 10, (short) 12);
    refused(file, "method 12");
  }

  @Test
  void theDirectoryLiesInTheFile() {
    byte[] file = zip().end(/* zip64= */ false);
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int end = file.length - 22;
    int start = bytes.getInt(end + 16);
    bytes.putInt(end + 16, -2);
    refused(file, "does not lie within");
    bytes.putInt(end + 16, start).putShort(end + 10, (short) 3);
    refused(file, "claims 3 entries");
    bytes.putShort(end + 10, (short) 1);
    refused(file, "longer");
    bytes.putShort(end + 10, (short) -1);
    refused(file, "claims");
    byte[] wide = zip().end();
    ByteBuffer.wrap(wide).order(ByteOrder.LITTLE_ENDIAN).putLong(wide.length - 34, Long.MAX_VALUE);
    refused(wide, "zip64");
  }

  @Test
  void aBombIsNotUnpacked() {
    byte[] empty = {3, 0};
    var bomb =
        new ZipWriter().stored("m/data.pkl", PICKLE).entry("m/data/0", 8, empty, 0x7000_0000, 0);
    refused(bomb.end(), "said to come from");
    var wrong = new ZipWriter().stored("m/data.pkl", PICKLE).entry("m/data/0", 8, empty, 16, 0);
    try (var store = TorchCheckpoints.read("made", wrong.end())) {
      Made.fails(() -> Made.floats(Made.tensor(store, "w")), "unpacks to 0 bytes");
    }
    var damaged = new ZipWriter().entry("m/data.pkl", 8, new byte[] {7, 7, 7}, 16, 0);
    refused(damaged.end(), "damaged");
  }

  @Test
  void otherArchivesAreToldApart() {
    refused(new ZipWriter().end(), "none that PyTorch saved");
    refused(new ZipWriter().stored("readme.txt", new byte[3]).end(), "none that PyTorch saved");
    refused(zip().stored("n/data.pkl", PICKLE).end(), "several");
    refused(zip().stored("m/constants.pkl", PICKLE).end(), "TorchScript");
    refused(zip().stored("m/code/__torch__.py", PICKLE).end(), "TorchScript");
    byte[] tar = new byte[1024];
    System.arraycopy(name("ustar"), 0, tar, 257, 5);
    refused(tar, "tar archive");
    refused(name("version https://git-lfs.github.com/spec/v1\n"), "LFS");
    refused(name("<!doctype html>"), "neither");
    refused(new byte[0], "neither");
  }
}
