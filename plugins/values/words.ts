/** A language to write values in: common English words, rarer ones made of syllables, each as often as its rank says. */
import type { Random } from '../../core/plugin.ts'
import { aliasDraw, aliasTable } from '../options/alias.ts'

const WORDS = 8192
/** The most frequent words of English, the most frequent first. */
const COMMON =
  'the of and to a in is it you that he was for on are with as I his they be at one have this from or had by hot but some what there we can out other were all your when up use word how said an each she which do their time if will way about many then them would write like so these her long make thing see him two has look more day could go come did my sound no most number who over know water than call first people may down side been now find any new work part take get place made live where after back little only round man year came show every good me give our under name very through just form much great think say help low line before turn cause same mean differ move right boy old too does tell sentence set three want air well also play small end put home read hand port large spell add even land here must big high such follow act why ask men change went light kind off need house picture try us again animal point mother world near build self earth father head stand own page should country found answer school grow study still learn plant cover food sun four thought let keep eye never last door between city tree cross since hard start might story saw far sea draw left late run while press close night real life few stop'
const ONSETS = 'b c d f g h j k l m n p r s t v w br cr dr fl gr pl pr qu sh sl sp st th tr'.split(' ')
const NUCLEI = 'a e i o u a e i o ai ea ee io ou'.split(' ')
const CODAS = ['', '', '', '', ...'n r s t l m d nd nt rd st ck ng ss'.split(' ')]

export interface Words {
  /** The next one that `random` draws. */
  word(random: Random): string
  /** Sentences, cut after so many characters, which are bytes too. */
  text(random: Random, length: number): string
}

/**
 * The r-th word comes up in proportion to 1 / (r + 2.7): Zipf's law, as Mandelbrot (1953) fits it to English.
 * @param random its draws after seek(0) make the rare words
 */
export function createWords(random: Random): Words {
  const all = vocabulary(random)
  const table = aliasTable(all.map((_, i) => 1 / (i + 1 + 2.7)))
  const word = (from: Random) => all[aliasDraw(table, from.float())] as string
  const sentence = (from: Random) => {
    const [first = '', ...rest] = Array.from({ length: 4 + from.int(15) }, () => word(from))
    return `${[first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(' ')}. `
  }
  return {
    word,
    text(from, length) {
      let text = ''
      while (text.length < length) text += sentence(from)
      return text.slice(0, length)
    },
  }
}

function vocabulary(random: Random): string[] {
  const all = new Set(COMMON.split(' '))
  const of = (list: readonly string[]) => list[random.int(list.length)] as string
  random.seek(0)
  while (all.size < WORDS) {
    // the rarer the word, the longer, as in any language
    const syllables = 1 + random.int(all.size < 1000 ? 2 : 3) + (all.size > 4000 ? 1 : 0)
    let word = ''
    for (let i = 0; i < syllables; i++)
      word += of(ONSETS) + of(NUCLEI) + (i === syllables - 1 ? of(CODAS) : '')
    all.add(word)
  }
  return [...all]
}
