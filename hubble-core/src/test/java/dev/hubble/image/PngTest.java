// SPDX-License-Identifier: Apache-2.0
package dev.hubble.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class PngTest {
  private static final String LATIN = "café, a \"blue\" galaxy\nSteps: 2, Seed: 1";
  private static final String WIDE = "銀河 🌌 café\nSteps: 2";

  @Test
  void keepsEveryPixel() throws IOException {
    BufferedImage image = gradient();
    BufferedImage read = ImageIO.read(new ByteArrayInputStream(png(image, Map.of())));
    assertThat(pixels(read)).isEqualTo(pixels(image));
  }

  @Test
  void putsLatinTextIntoAPlainTextChunk() throws IOException {
    Map<String, byte[]> chunks = chunks(png(gradient(), Map.of("parameters", LATIN)));
    assertThat(chunks).doesNotContainKey("iTXt");
    assertThat(chunks.get("tEXt"))
        .isEqualTo(("parameters\0" + LATIN).getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void putsAnyOtherTextIntoAnInternationalChunk() throws IOException {
    Map<String, byte[]> chunks = chunks(png(gradient(), Map.of("parameters", WIDE)));
    assertThat(chunks).doesNotContainKey("tEXt");
    // keyword, end, not compressed, method 0, no language, no translated keyword, text
    assertThat(chunks.get("iTXt"))
        .isEqualTo(("parameters\0\0\0\0\0" + WIDE).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void writesControlCharactersAsInternationalText() throws IOException {
    assertThat(chunks(png(gradient(), Map.of("parameters", "tab\there")))).containsKey("iTXt");
  }

  @Test
  void isReadBackByImageIo() throws IOException {
    assertThat(entry("tEXtEntry", "value", LATIN)).isEqualTo(LATIN);
    assertThat(entry("iTXtEntry", "text", WIDE)).isEqualTo(WIDE);
  }

  @Test
  void readsItsOwnTexts() throws IOException {
    for (String text : new String[] {LATIN, WIDE, "", "tab\there"}) {
      assertThat(read(png(gradient(), Map.of("parameters", text))))
          .containsExactly(Map.entry("parameters", text));
    }
  }

  @Test
  void readsTextsThatOthersCompressOrPutBehindThePicture() throws IOException {
    byte[] png = png(gradient(), Map.of());
    byte[] zipped = deflate("café".getBytes(StandardCharsets.ISO_8859_1));
    byte[] wide = deflate(WIDE.getBytes(StandardCharsets.UTF_8));
    var out = new ByteArrayOutputStream();
    out.write(png, 0, png.length - 12);
    out.write(chunk("zTXt", "a\0\0", zipped));
    out.write(chunk("iTXt", "b\0\1\0de\0B\0", wide));
    out.write(png, png.length - 12, 12);
    assertThat(read(out.toByteArray()))
        .containsExactly(Map.entry("a", "café"), Map.entry("b", WIDE));
  }

  @Test
  void marksThePictureAsMadeByAnAi() throws Exception {
    String packet = Xmp.aiGenerated("hubble <1> & \"2\"");
    byte[] png = png(gradient(), Map.of(Xmp.KEYWORD, packet));
    assertThat(chunks(png)).containsKey("iTXt").doesNotContainKey("tEXt");
    assertThat(read(png)).containsExactly(Map.entry("XML:com.adobe.xmp", packet));
    var factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    var xml = factory.newDocumentBuilder().parse(new InputSource(new StringReader(packet)));
    var about =
        (Element)
            xml.getElementsByTagNameNS("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "Description")
                .item(0);
    assertThat(
            about.getAttributeNS(
                "http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "DigitalSourceType"))
        .isEqualTo("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia");
    assertThat(about.getAttributeNS("http://ns.adobe.com/xap/1.0/", "CreatorTool"))
        .isEqualTo("hubble <1> & \"2\"");
  }

  private static byte[] deflate(byte[] data) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var deflater = new DeflaterOutputStream(out)) {
      deflater.write(data);
    }
    return out.toByteArray();
  }

  private static byte[] chunk(String type, String head, byte[] rest) {
    byte[] start = head.getBytes(StandardCharsets.ISO_8859_1);
    return ByteBuffer.allocate(12 + start.length + rest.length)
        .putInt(start.length + rest.length)
        .put(type.getBytes(StandardCharsets.US_ASCII))
        .put(start)
        .put(rest)
        .putInt(0)
        .array();
  }

  private static Map<String, String> read(byte[] png) throws IOException {
    return Png.readText(new ByteArrayInputStream(png));
  }

  @Test
  void givesTheSameBytesAgain() throws IOException {
    assertThat(png(gradient(), Map.of("parameters", LATIN)))
        .isEqualTo(png(gradient(), Map.of("parameters", LATIN)));
  }

  @Test
  void refusesKeywordsThatPngDoesNotAllow() {
    for (String keyword : new String[] {"", "x".repeat(80), "銀河", "two\nlines"}) {
      assertThatThrownBy(() -> png(gradient(), Map.of(keyword, "text")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("1 to 79");
    }
  }

  private static String entry(String element, String attribute, String text) throws IOException {
    var reader = ImageIO.getImageReadersByFormatName("png").next();
    byte[] png = png(gradient(), Map.of("parameters", text));
    try (var in = ImageIO.createImageInputStream(new ByteArrayInputStream(png))) {
      reader.setInput(in);
      var tree = (Element) reader.getImageMetadata(0).getAsTree("javax_imageio_png_1.0");
      NodeList entries = tree.getElementsByTagName(element);
      assertThat(entries.getLength()).isEqualTo(1);
      assertThat(((Element) entries.item(0)).getAttribute("keyword")).isEqualTo("parameters");
      return ((Element) entries.item(0)).getAttribute(attribute);
    } finally {
      reader.dispose();
    }
  }

  private static byte[] png(BufferedImage image, Map<String, String> text) throws IOException {
    var out = new ByteArrayOutputStream();
    Png.write(image, text, out);
    return out.toByteArray();
  }

  /// Walks the file as the specification has it: signature, then length, type, data, CRC.
  private static Map<String, byte[]> chunks(byte[] png) {
    ByteBuffer in = ByteBuffer.wrap(png);
    assertThat(in.getLong()).isEqualTo(0x89504E470D0A1A0AL);
    var chunks = new LinkedHashMap<String, byte[]>();
    while (in.hasRemaining()) {
      byte[] data = new byte[in.getInt()];
      byte[] type = new byte[4];
      in.get(type).get(data);
      var crc = new CRC32();
      crc.update(type);
      crc.update(data);
      assertThat(in.getInt()).isEqualTo((int) crc.getValue());
      chunks.put(new String(type, StandardCharsets.US_ASCII), data);
    }
    assertThat(chunks.keySet()).contains("IHDR", "IDAT").last().isEqualTo("IEND");
    return chunks;
  }

  private static BufferedImage gradient() {
    var image = new BufferedImage(7, 5, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 5; y++) {
      for (int x = 0; x < 7; x++) {
        image.setRGB(x, y, 0xFF000000 | (x * 36) << 16 | (y * 51) << 8 | (x * y * 7));
      }
    }
    return image;
  }

  private static int[] pixels(BufferedImage image) {
    int[] rgb = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    return Arrays.stream(rgb).map(p -> p & 0xFFFFFF).toArray();
  }
}
