// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.Normalizer;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CanonicalOrderTest {
  @Test
  void changesNothingAboutTheNormalForm() {
    int[] marks =
        IntStream.range(0, 0x20000)
            .filter(c ->
                Character.getType(c) == Character.NON_SPACING_MARK
                    || Character.getType(c) == Character.COMBINING_SPACING_MARK
                    || Character.getType(c) == Character.ENCLOSING_MARK)
            .toArray();
    var random = new Random(1);
    boolean sorted = false;
    for (int i = 0; i < 300; i++) {
      var text = new StringBuilder();
      int runs = random.nextInt(1, 4);
      for (int r = 0; r < runs; r++) {
        text.append("aé가\ud83d\ude00".charAt(random.nextInt(3)));
        int length = random.nextInt(400);
        int kinds = random.nextInt(1, marks.length);
        for (int k = 0; k < length; k++) {
          text.appendCodePoint(marks[random.nextInt(kinds)]);
        }
      }
      String original = text.toString();
      String ordered = CanonicalOrder.sortLongRuns(original);
      sorted |= !ordered.equals(original);
      assertThat(Normalizer.normalize(ordered, Normalizer.Form.NFC))
          .isEqualTo(Normalizer.normalize(original, Normalizer.Form.NFC));
    }
    assertThat(sorted).isTrue();
  }

  @Test
  void leavesOrdinaryTextAlone() {
    String text = "Ångström e\u0301\u0316 z\u0301\u0302\u0303";
    assertThat(CanonicalOrder.sortLongRuns(text)).isSameAs(text);
  }
}
