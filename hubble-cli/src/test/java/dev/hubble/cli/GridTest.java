// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.HubbleException;
import dev.hubble.Request;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GridTest extends CommandLineTest {
  @Test
  void readsListsAndRanges() {
    assertThat(GridPlan.parse("seed=1..4,guidance=5,7.5"))
        .isEqualTo(
            new GridPlan(
                new GridPlan.Axis("seed", List.of("1", "2", "3", "4")),
                new GridPlan.Axis("guidance", List.of("5", "7.5"))));
    assertThat(GridPlan.parse("steps=5..20..5,30").across().values())
        .containsExactly("5", "10", "15", "20", "30");
    assertThat(GridPlan.parse("strength=0.2..0.8..0.3").across().values())
        .containsExactly("0.2", "0.5", "0.8");
    assertThat(GridPlan.parse("guidance=-1..1").across().values()).containsExactly("-1", "0", "1");
    assertThat(GridPlan.parse("prompt=a cat,\"a dog, red\", scheduler=Euler a").across().values())
        .containsExactly("a cat", "a dog, red");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|one or two",
        "1..4|no name",
        "seed=1,steps=2,eta=0|3 options",
        "seed=|empty value",
        "seed=1,,2|empty value",
        "seed=4..1|runs backwards",
        "seed=1..4..0|goes nowhere",
        "seed=1..1000|401 pictures",
        "seed=1..99999999999999|401 pictures",
        "seed=1..30,steps=1..30|900 pictures",
        "model=a,b|cannot vary model",
        "count=1,2|cannot vary count",
        "seed=1,seed=2|seed twice",
        "seed=...2|no beginning"
      })
  void refusesWhatItCannotBe(String grid, String part) {
    assertThatThrownBy(() -> GridPlan.parse(grid))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining(part)
        .message()
        .endsWith(".");
  }

  @Test
  void drawsEveryCell() throws IOException {
    assertThat(run("a", "--negative", "b", "--grid", "seed=1..3,guidance=5,7.5")).isZero();
    assertThat(engine.requests)
        .containsExactly(
            cell(1, 5), cell(2, 5), cell(3, 5), cell(1, 7.5), cell(2, 7.5), cell(3, 7.5));
    assertThat(engine.models).hasSize(1);
    assertThat(files()).containsExactly("a-grid-1.png");
    assertThat(out().lines()).containsExactly(folder.resolve("a-grid-1.png").toString());
  }

  private static Request cell(long seed, double guidance) {
    return Request.of("a").negative("b").seed(seed).guidance(guidance);
  }

  @Test
  void choosesOneSeedForAll() {
    assertThat(run("a", "--grid", "prompt=x,y", "--steps", "3")).isZero();
    assertThat(engine.requests).extracting(Request::prompt).containsExactly("x", "y");
    assertThat(engine.requests)
        .extracting(Request::steps)
        .allSatisfy(s -> assertThat(s).hasValue(3));
    long seed = engine.requests.getFirst().seed().orElseThrow();
    assertThat(engine.requests.get(1).seed()).hasValue(seed);
  }

  @Test
  void anAxisWinsOverTheOptionAndThePromptMayFollowTwoHyphens() {
    assertThat(run("--steps", "9", "--grid", "steps=1,2", "--seed", "4", "--", "-a")).isZero();
    assertThat(engine.requests)
        .containsExactly(Request.of("-a").seed(4).steps(1), Request.of("-a").seed(4).steps(2));
  }

  @Test
  void keepsTheSinglePicturesWhenAsked() throws IOException {
    assertThat(run("a", "--grid", "seed=1,2", "--grid-keep", "-o", "x.png")).isZero();
    assertThat(files()).containsExactly("x-1.png", "x-2.png", "x.png");
    assertThat(out().lines()).hasSize(3);
  }

  @Test
  void saysWhatIsWrongBeforeAnythingIsDrawn() {
    assertThat(run("a", "--grid", "sed=1,2")).isEqualTo(2);
    assertThat(run("a", "--grid", "steps=1,x")).isEqualTo(2);
    assertThat(run("a", "--grid", "seed=1,2", "--count", "2")).isEqualTo(2);
    assertThat(run("a", "--grid", "seed=1,2", "--json")).isEqualTo(2);
    assertThat(run("a", "--grid", "seed=1,2", "--trace", "t.safetensors")).isEqualTo(2);
    assertThat(err())
        .contains(
            "--sed", "--steps", "leave out --count", "leave out --report, --json and --trace");
    assertThat(engine.models).isEmpty();
  }

  @Test
  void putsPicturesAndLabelsOnTheSheet() throws IOException {
    var plan = GridPlan.parse("seed=1..3,guidance=5,7.5");
    var pictures =
        IntStream.range(0, 6)
            .mapToObj(i -> {
              var image = new BufferedImage(128, 64, BufferedImage.TYPE_INT_RGB);
              image.setRGB(5, 6, 0x100000 + i);
              return image;
            })
            .toList();
    var sheet = GridSheet.of(plan, pictures);
    int left = sheet.getWidth() - 3 * 132 - 4;
    int top = sheet.getHeight() - 2 * 68 - 4;
    for (int i = 0; i < 6; i++) {
      int x = left + 4 + i % 3 * 132 + 5;
      int y = top + 4 + i / 3 * 68 + 6;
      assertThat(sheet.getRGB(x, y)).isEqualTo(0xff100000 + i);
    }
    // Something is written above each column and beside each row, and nothing in the corner.
    for (int column = 0; column < 3; column++) {
      assertThat(ink(sheet, left + 4 + column * 132, 0, 128, top)).isPositive();
    }
    assertThat(ink(sheet, 0, top + 4, left, 64)).isPositive();
    assertThat(ink(sheet, 0, top + 72, left, 64)).isPositive();
    assertThat(ink(sheet, 0, 0, left, top)).isZero();
    ImageIO.write(sheet, "png", folder.resolve("sheet.png").toFile());
    assertThatThrownBy(() -> GridSheet.check(plan, 20_000, 20_000))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining("pixels");
  }

  private static int ink(BufferedImage image, int x0, int y0, int width, int height) {
    int ink = 0;
    for (int y = y0; y < y0 + height; y++) {
      for (int x = x0; x < x0 + width; x++) {
        ink += (image.getRGB(x, y) & 0xff) < 128 ? 1 : 0;
      }
    }
    return ink;
  }
}
