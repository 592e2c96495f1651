// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.safetensors;

import dev.hubble.weights.StoredType;
import java.util.List;

/// What the header says about one tensor. The bytes from `begin` to `end` count from the end of the
/// header.
record Entry(String name, StoredType type, List<Long> shape, long begin, long end) {}
