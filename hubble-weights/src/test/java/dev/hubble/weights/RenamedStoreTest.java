// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class RenamedStoreTest {
  private static TensorStore store(String... names) {
    StringBuilder header = new StringBuilder("{'__metadata__':{'format':'pt'}");
    for (int i = 0; i < names.length; i++) {
      header.append(
          ",'%s':{'dtype':'U8','shape':[],'data_offsets':[%d,%d]}".formatted(names[i], i, i + 1));
    }
    return Safetensors.read("stored", Made.file(header + "}", names.length));
  }

  @Test
  void tensorsAreFoundUnderTheirNewNamesOnly() {
    TensorStore renamed =
        store("a", "b", "c")
            .renamed(name -> name.equals("b") ? null : name.toUpperCase(Locale.ROOT));
    assertThat(renamed.names()).containsExactly("A", "C");
    assertThat(renamed.find("a")).isNull();
    assertThat(renamed.find("b")).isNull();
    assertThat(renamed.find("B")).isNull();
    StoredTensor c = Made.tensor(renamed, "C");
    assertThat(c.name()).isEqualTo("c");
    assertThat(Made.integers(c)).containsExactly(3);
    assertThat(renamed.source()).isEqualTo("stored");
    assertThat(renamed.metadata()).containsEntry("format", "pt");
    assertThatThrownBy(() -> renamed.names().remove("A"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void twoTensorsWithOneNameAreRefusedWithBothNames() {
    TensorStore both = store("embeddings.x", "text_model.embeddings.x");
    Made.fails(
        () -> both.renamed(NameMaps::textEncoder),
        "stored",
        "tensor \"text_model.embeddings.x\"",
        "as \"embeddings.x\"",
        "as \"text_model.embeddings.x\"");
  }

  @Test
  void closingTheViewClosesTheStore() {
    TensorStore store = store("a");
    StoredTensor a = Made.tensor(store, "a");
    store.renamed(name -> name).close();
    Made.fails(() -> Made.integers(a), "closed");
  }
}
