// SPDX-License-Identifier: Apache-2.0
package dev.hubble.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.zip.InflaterInputStream;

/// Reads the texts of a PNG file without its picture: the chunks `tEXt`, `zTXt` and `iTXt`, before
/// or after the picture (PNG, third edition, section 11.3.3).
final class PngText {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  private static final Set<String> TEXTS = Set.of("tEXt", "zTXt", "iTXt");

  /// A text longer than this is no text.
  private static final int LONGEST = 16 << 20;

  private PngText() {}

  /// Keyword -> text, in the file's order.
  ///
  /// @throws IOException if the file is no PNG or ends early
  static SequencedMap<String, String> read(InputStream file) throws IOException {
    var in = new DataInputStream(file);
    try {
      byte[] start = in.readNBytes(SIGNATURE.length);
      if (!Arrays.equals(start, Arrays.copyOf(SIGNATURE, start.length))) {
        throw new IOException("it is no PNG file");
      }
      var texts = new LinkedHashMap<String, String>();
      String type = "";
      while (!type.equals("IEND")) {
        long length = Integer.toUnsignedLong(in.readInt());
        type = new String(in.readNBytes(4), ISO_8859_1);
        if (TEXTS.contains(type) && length <= LONGEST) {
          byte[] data = in.readNBytes((int) length);
          add(type, data, texts);
          length -= data.length;
        }
        in.skipNBytes(length + 4); // the checksum
      }
      return texts;
    } catch (EOFException e) {
      throw new IOException("it ends in the middle", e);
    }
  }

  private static void add(String type, byte[] data, Map<String, String> texts) throws IOException {
    int end = zero(data, 0);
    String keyword = new String(data, 0, end, ISO_8859_1);
    switch (type) {
      case "tEXt" -> texts.put(keyword, rest(data, end + 1, false, ISO_8859_1));
      case "zTXt" -> texts.put(keyword, rest(data, end + 2, true, ISO_8859_1));
      case "iTXt" -> {
        boolean compressed = end + 1 < data.length && data[end + 1] != 0;
        int language = zero(data, end + 3);
        texts.put(keyword, rest(data, zero(data, language + 1) + 1, compressed, UTF_8));
      }
      default -> {}
    }
  }

  private static String rest(byte[] data, int from, boolean compressed, Charset charset)
      throws IOException {
    if (from > data.length) {
      return "";
    }
    var in = new ByteArrayInputStream(data, from, data.length - from);
    if (!compressed) {
      return new String(in.readAllBytes(), charset);
    }
    try (var inflated = new InflaterInputStream(in)) {
      return new String(inflated.readNBytes(LONGEST), charset);
    }
  }

  /// The first zero from `from` on, or the end.
  private static int zero(byte[] data, int from) {
    for (int i = from; i < data.length; i++) {
      if (data[i] == 0) {
        return i;
      }
    }
    return data.length;
  }
}
