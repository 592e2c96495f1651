// SPDX-License-Identifier: Apache-2.0
package dev.hubble.image;

/// The mark of a picture that was made by an AI, in the form that image libraries, newsrooms and
/// platforms look for: IPTC's "Digital Source Type" in an XMP packet (ISO 16684-1).
public final class Xmp {
  /// The keyword of the `iTXt` chunk that holds XMP in a PNG.
  public static final String KEYWORD = "XML:com.adobe.xmp";

  private static final String TYPE =
      "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

  private Xmp() {}

  /// A packet that says so.
  ///
  /// @param tool what made the picture: `hubble 0.1.0`
  public static String aiGenerated(String tool) {
    return """
    <?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
    <x:xmpmeta xmlns:x="adobe:ns:meta/">
     <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description rdf:about=""
        xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
        xmlns:xmp="http://ns.adobe.com/xap/1.0/"
        Iptc4xmpExt:DigitalSourceType="%s"
        xmp:CreatorTool="%s"/>
     </rdf:RDF>
    </x:xmpmeta>
    <?xpacket end="r"?>\
    """
        .formatted(TYPE, escaped(tool));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
