// SPDX-License-Identifier: Apache-2.0
package dev.hubble.image;

import dev.hubble.Generated;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOInvalidTreeException;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// PNG files that carry text.
public final class Png {
  private static final String NATIVE = "javax_imageio_png_1.0";

  private Png() {}

  /// Writes `image` as a PNG with `text`: keyword -> value, for example [Parameters#KEYWORD] -> the
  /// recipe of the picture. The same picture and text give the same bytes. `out` stays open.
  ///
  /// @throws IllegalArgumentException if a keyword is not 1 to 79 printable Latin-1 characters
  public static void write(BufferedImage image, Map<String, String> text, OutputStream out)
      throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    // Not ImageIO.createImageOutputStream, which may put a cache file into the temporary folder.
    try (var stream = new MemoryCacheImageOutputStream(out)) {
      IIOMetadata metadata =
          writer.getDefaultImageMetadata(
              ImageTypeSpecifier.createFromRenderedImage(image), writer.getDefaultWriteParam());
      merge(metadata, text);
      writer.setOutput(stream);
      writer.write(new IIOImage(image, null, metadata));
    } finally {
      writer.dispose();
    }
  }

  /// Writes a picture with its recipe, and the mark that it was made by an AI.
  ///
  /// @param version of Hubble
  public static void write(
      Generated generated, Generated.Picture picture, String version, OutputStream out)
      throws IOException {
    var text = new LinkedHashMap<String, String>();
    text.put(Parameters.KEYWORD, Parameters.format(generated, picture, version));
    text.put(Xmp.KEYWORD, Xmp.aiGenerated("hubble " + version));
    write(picture.image(), text, out);
  }

  /// The texts of a PNG file: keyword -> text. The picture is not looked at.
  ///
  /// @throws IOException if it is no PNG, or ends early
  public static SequencedMap<String, String> readText(InputStream png) throws IOException {
    return PngText.read(png);
  }

  private static void merge(IIOMetadata metadata, Map<String, String> text) {
    var latin = new IIOMetadataNode("tEXt");
    var international = new IIOMetadataNode("iTXt");
    text.forEach((keyword, value) -> {
      checkKeyword(keyword);
      if (isLatin1(value)) {
        latin.appendChild(latinEntry(keyword, value));
      } else {
        international.appendChild(internationalEntry(keyword, value));
      }
    });
    var root = new IIOMetadataNode(NATIVE);
    if (latin.hasChildNodes()) {
      root.appendChild(latin);
    }
    if (international.hasChildNodes()) {
      root.appendChild(international);
    }
    try {
      metadata.mergeTree(NATIVE, root);
    } catch (IIOInvalidTreeException e) {
      throw new IllegalStateException("the PNG writer refuses its own metadata format", e);
    }
  }

  private static IIOMetadataNode latinEntry(String keyword, String value) {
    var entry = new IIOMetadataNode("tEXtEntry");
    entry.setAttribute("keyword", keyword);
    entry.setAttribute("value", value);
    return entry;
  }

  private static IIOMetadataNode internationalEntry(String keyword, String value) {
    var entry = new IIOMetadataNode("iTXtEntry");
    entry.setAttribute("keyword", keyword);
    entry.setAttribute("compressionFlag", "FALSE");
    entry.setAttribute("compressionMethod", "0");
    entry.setAttribute("languageTag", "");
    entry.setAttribute("translatedKeyword", "");
    entry.setAttribute("text", value);
    return entry;
  }

  private static void checkKeyword(String keyword) {
    if (keyword.isEmpty()
        || keyword.length() > 79
        || !isLatin1(keyword)
        || keyword.contains("\n")) {
      throw new IllegalArgumentException(
          "A PNG keyword has 1 to 79 printable Latin-1 characters, not '" + keyword + "'");
    }
  }

  /// Whether a tEXt chunk may hold `text`: printable Latin-1 and line feeds (PNG, section 11.3.3).
  private static boolean isLatin1(String text) {
    return text.chars().allMatch(c -> c == '\n' || (c >= 32 && c < 127) || (c > 160 && c < 256));
  }
}
