// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.safetensors;

import java.util.List;
import java.util.Map;

/// The parsed header of a file, in its order.
record Header(List<Entry> entries, Map<String, String> metadata) {}
