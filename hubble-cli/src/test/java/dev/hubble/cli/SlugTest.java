// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SlugTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "a blue spiral galaxy, a-blue-spiral-galaxy",
        "\"  A  blue,\n(spiral:1.2) Galaxy! \", a-blue-spiral-1-2-galaxy",
        "Café Zürich, cafe-zurich",
        "../../etc/passwd, etc-passwd",
        "銀河, picture",
        "\"\", picture"
      })
  void makesFileNames(String prompt, String slug) {
    assertThat(Slug.of(prompt)).isEqualTo(slug);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stars and ", "galaxy"})
  void staysShort(String part) {
    String slug = Slug.of(part.repeat(40));
    assertThat(slug).hasSizeBetween(50, 60).matches("[a-z]+(-[a-z]+)*");
  }
}
