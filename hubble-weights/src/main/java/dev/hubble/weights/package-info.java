// SPDX-License-Identifier: Apache-2.0
/// Weight files and the names in them. Nothing in a file is ever executed.
package dev.hubble.weights;
