// SPDX-License-Identifier: Apache-2.0
/// Pictures as files: PNG, and the text in it that says how the picture was made.
package dev.hubble.image;
