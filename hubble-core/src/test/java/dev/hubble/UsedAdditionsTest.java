// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.image.Png;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// LoRAs and learned words in recipes: what a picture says of them, and how they are found again.
class UsedAdditionsTest {
  /// What `sha256sum` and Python's hashlib say of the files: of the first one behind its header.
  private static final String KOHYA = "33240f7fa68b";

  private static final String KOHYA_WHOLE = "7d61c822fe";
  private static final String WEB = "1c21db5db585";

  @TempDir private Path folder;

  private static Path file(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(Tiny.class.getResource("/reference/additions/" + name)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private Path copy(String name, String to) throws IOException {
    Path target = folder.resolve(to);
    Files.createDirectories(Objects.requireNonNull(target.getParent()));
    return Files.copy(file(name), target);
  }

  @Test
  void aPictureIsDrawnAgainWithItsLorasAndWords() throws IOException {
    var additions =
        Additions.NONE
            .lora(copy("kohya.safetensors", "sub/de,tail.safetensors"), 0.75)
            .lora(copy("peft.safetensors", "other.safetensors"), -0.25)
            .embedding(copy("web.pt", "sub/dust.pt"), "<star dust>")
            .embedding(copy("learned_embeds.bin", "sub/learned_embeds.bin"));
    var request = Request.of("a <star dust> galaxy").negative("red").steps(2).seed(3).size(64, 64);
    Path png = folder.resolve("picture.png");
    int[] drawn;
    try (var hubble = Tiny.load(LoadOptions.DEFAULT.additions(additions))) {
      var out = hubble.generate(request);
      drawn = Tiny.pixels(out);
      assertThat(out.toJson()).contains("\"detail\"", "\"scale\":0.75", "\"<star dust>\"");
      try (var stream = Files.newOutputStream(png)) {
        Png.write(out, out.pictures().getFirst(), "1.2.3", stream);
      }
    }
    var recipe = Recipe.read(png);
    assertThat(recipe.unknown()).isEmpty();
    assertThat(recipe.request().prompt()).isEqualTo("a <star dust> galaxy");
    assertThat(recipe.additions().loras())
        .containsExactly(
            new UsedAdditions.Lora("detail", 0.75, KOHYA),
            new UsedAdditions.Lora("other", -0.25, recipe.additions().loras().getLast().hash()));
    assertThat(recipe.additions().words().getFirst())
        .isEqualTo(new UsedAdditions.Word("<star dust>", "dust", WEB));
    // Nothing of where the files were.
    assertThat(Files.readString(png, java.nio.charset.StandardCharsets.ISO_8859_1))
        .doesNotContain(folder.getFileName().toString());
    try (var hubble = Tiny.load()) {
      assertThat(Tiny.pixels(hubble.generate(recipe.request()))).isNotEqualTo(drawn);
      hubble.use(recipe.additions().find(List.of(folder)));
      assertThat(Tiny.pixels(hubble.generate(recipe.request()))).isEqualTo(drawn);
      assertThat(hubble.generate(recipe.request()).additions()).isEqualTo(recipe.additions());
    }
  }

  @Test
  void readsTagsOfTheWebUi() {
    var recipe =
        Recipe.parse(
            "a <lora:detail:0.8>galaxy, <lora:st yle>, <lora:two:1:0.5>\n"
                + "Steps: 2, Seed: 1, Size: 64x64, Lora hashes: \"detail: "
                + KOHYA
                + "\", TI hashes: \"dust: "
                + WEB
                + ", dust: "
                + WEB
                + "\", Version: v1.9.0");
    assertThat(recipe.request().prompt()).isEqualTo("a galaxy, , <lora:two:1:0.5>");
    assertThat(recipe.unknown()).isEmpty();
    assertThat(recipe.additions())
        .isEqualTo(
            new UsedAdditions(
                List.of(
                    new UsedAdditions.Lora("detail", 0.8, KOHYA),
                    new UsedAdditions.Lora("st yle", 1, "")),
                List.of(new UsedAdditions.Word("dust", "dust", WEB))));
  }

  /// A tag that Hubble did not write is a part of the prompt.
  @Test
  void tagsInAPromptOfOursAreWords() {
    var request = Request.of("a <lora:z:0.5>");
    var recipe = Recipe.parse(Recipe.print(request, "1.2.3"));
    assertThat(recipe.request()).isEqualTo(request);
    assertThat(recipe.additions().isEmpty()).isTrue();
  }

  @Test
  void findsAFileByItsNameAndKnowsItByItsHash() throws IOException {
    copy("locon.safetensors", "a/detail.safetensors");
    Path right = copy("kohya.safetensors", "b/detail.safetensors");
    assertThat(find(KOHYA, folder).loras()).containsExactly(new Additions.Lora(right, 0.5));
    // Of the whole file, as other tools count.
    assertThat(find(KOHYA_WHOLE, folder).loras()).containsExactly(new Additions.Lora(right, 0.5));
    assertThat(find("", folder).loras()).hasSize(1);
  }

  @Test
  void saysWhatIsMissing() throws IOException {
    assertThatThrownBy(() -> find(KOHYA, folder, folder.resolve("none")))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessage(
            "The LoRA detail (hash %s) is not in %s or %s: say in which folder it is with --additions FOLDER, or which file to take with --lora FILE.",
            KOHYA, folder, folder.resolve("none"));
    Path wrong = copy("locon.safetensors", "detail.safetensors");
    assertThatThrownBy(() -> find(KOHYA, folder))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageStartingWith(wrong + " is another file than the LoRA detail of the recipe")
        .hasMessageContaining("and not " + KOHYA);
    var word = new UsedAdditions(List.of(), List.of(new UsedAdditions.Word("dust", "dust", WEB)));
    assertThatThrownBy(() -> word.find(List.of(folder)))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageStartingWith("The embedding dust (hash " + WEB + ") is not in ");
  }

  private static Additions find(String hash, Path... folders) {
    return new UsedAdditions(List.of(new UsedAdditions.Lora("detail", 0.5, hash)), List.of())
        .find(List.of(folders));
  }
}
