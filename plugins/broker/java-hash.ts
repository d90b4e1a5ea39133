/** Java's String.hashCode: what Kafka places coordinators by, and orders some of its maps. */
export function javaHash(text: string): number {
  let value = 0
  for (let at = 0; at < text.length; at++) value = (Math.imul(31, value) + text.charCodeAt(at)) | 0
  return value
}
