// SPDX-License-Identifier: Apache-2.0
package dev.hubble.random;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// What NumPy gives.
class SeedSequenceTest {
  @Test
  void isNumPys() {
    assertThat(SeedSequence.of(0).state(3))
        .containsExactly((int) 4025752534L, (int) 2687548107L, (int) 2326983537L);
    assertThat(SeedSequence.of(1234).state(3))
        .containsExactly((int) 4280268349L, (int) 3829106894L, (int) 2675148735L);
    assertThat(SeedSequence.of(0, 0, 0).state(4))
        .containsExactly(245430115, (int) 3436620678L, (int) 4120055464L, 1627243804);
  }

  @Test
  void readsAllOfALargeSeed() {
    assertThat(SeedSequence.of(0x123456789abcdefL).state(2)).containsExactly(33938315, 1686233776);
    assertThat(SeedSequence.of(0x123456789abcdefL, 5, 3).state(2))
        .containsExactly(2054874019, -1037832930);
    assertThat(SeedSequence.of(-1).firstWord()).isEqualTo(1186816001);
  }
}
